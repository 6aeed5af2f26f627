"""Two HRCs at a time: shares, tests and intervals for who is preferred."""
