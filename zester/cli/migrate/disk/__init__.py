"""Files on the disk: found, and written."""
