"""``zester render``: low state without server, master or peel."""
