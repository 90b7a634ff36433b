"""The ways a notice can travel, one file each."""
