"""The YAML of files that only become YAML when they are rendered."""
