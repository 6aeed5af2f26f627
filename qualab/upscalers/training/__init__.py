"""Training weights and measuring what they gain."""
