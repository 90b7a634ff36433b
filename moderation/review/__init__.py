"""The author's opinion: what waits, and what was decided."""
