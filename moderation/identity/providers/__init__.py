"""The places where people sign in, one file each."""
