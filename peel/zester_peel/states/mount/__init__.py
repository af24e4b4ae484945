"""States of mounts, swap space and the table of file systems."""
