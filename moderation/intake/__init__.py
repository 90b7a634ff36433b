"""A comment arrives: what it must be, where it belongs, and how it is stored once."""
