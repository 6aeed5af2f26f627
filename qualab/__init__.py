"""qualab: decide with numbers and with viewers whether super-resolution makes a video better."""

__version__ = "0.1.0"
