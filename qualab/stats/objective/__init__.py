"""What metrics say, and whether viewers agree with them."""
