"""What the project claims about speed and size, runnable by anyone: ./run bench."""
