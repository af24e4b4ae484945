"""Where a file's content comes from, and what happens before it takes its place."""
