"""What is doubtful about a tree: rules, each a small file, and what they look at."""
