"""Package managers, behind one protocol."""
