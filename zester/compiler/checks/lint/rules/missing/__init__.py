"""What names something that is not there."""
