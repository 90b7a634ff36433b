"""Comments and people's data from and to elsewhere."""
