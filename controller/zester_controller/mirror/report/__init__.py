"""What is told about an object: conditions, counts, events."""
