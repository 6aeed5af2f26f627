"""FFmpeg and PyAV live here and nowhere else."""
