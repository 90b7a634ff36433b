"""What readers see: approved comments only, ever."""
