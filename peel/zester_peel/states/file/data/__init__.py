"""States that write data: serialized, or decoded."""
