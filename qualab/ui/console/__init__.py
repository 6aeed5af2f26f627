"""The researcher's console, one page a file."""
