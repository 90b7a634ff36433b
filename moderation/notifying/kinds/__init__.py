"""What notices can say, one file each."""
