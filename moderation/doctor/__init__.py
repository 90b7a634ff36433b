"""Says what is wrong with an installation, or with a blog that embeds it, and what to do about it."""
