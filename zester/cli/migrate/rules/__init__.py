"""What is rewritten: one rule, one file."""
