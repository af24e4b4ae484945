"""States of files, folders and links."""
