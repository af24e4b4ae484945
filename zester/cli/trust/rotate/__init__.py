"""``zester trust rotate``: one step of each change, and what it asks of the servers."""
