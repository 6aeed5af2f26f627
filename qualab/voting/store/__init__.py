"""Where launches, viewers and votes are kept; the only room that speaks SQL."""
