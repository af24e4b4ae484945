"""From objects to the files of a tree, each with the object it came from."""
