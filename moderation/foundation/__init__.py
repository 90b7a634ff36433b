"""Tools that know nothing about comments."""
