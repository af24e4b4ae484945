"""Settings of a node: which files, how they are rendered and merged."""
