"""Upscalers: swscale's scalers, and networks with weights of their own in models/."""
