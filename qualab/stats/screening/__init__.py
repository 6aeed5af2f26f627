"""Which viewers to leave out, by rules frozen before they came."""
