"""Jobs on the bus: send them, follow them, find them again."""
