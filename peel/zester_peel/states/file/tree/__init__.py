"""What file states do with whole folders."""
