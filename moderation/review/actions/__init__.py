"""What moderators can do in one go: one file, one kind."""
