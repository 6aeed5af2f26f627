"""The page Results: what the votes of a study say."""
