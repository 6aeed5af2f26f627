"""The sections of the page Scores, a function each."""
