"""The Kubernetes API: where it is, what it is asked and told. Only importer of aiohttp."""
