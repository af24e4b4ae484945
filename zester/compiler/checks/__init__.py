"""What can be said of a tree before any node has it."""
