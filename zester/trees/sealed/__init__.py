"""Files that only some nodes can read: scopes, their keys, sealing and opening."""
