"""The screening rules: one file, one rule."""
