"""How many viewers and clips a study needs."""
