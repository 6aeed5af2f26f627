"""Running nets: engines that turn codes into larger codes, in bands, on a CPU or a GPU."""
