"""What the votes of a study say, in one piece: results, what they mean, and what would help."""
