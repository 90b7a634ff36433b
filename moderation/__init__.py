"""Moderation: a comment service for blogs, in which the author decides what appears."""

__version__ = "0.1.0"
