"""Simulated viewers who go through a study at the door of the real ones: its HTTP routes, or a browser."""
