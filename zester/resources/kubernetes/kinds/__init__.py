"""The nine kinds, one file each."""
