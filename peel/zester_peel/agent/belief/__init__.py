"""What this peel believes of the bus and of its own disk, and what it refuses."""
