"""Keys and credentials as files: who may read them, and how they are never half there."""
