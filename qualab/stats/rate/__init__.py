"""Rate-quality: BD-rate, hulls and crossovers."""
