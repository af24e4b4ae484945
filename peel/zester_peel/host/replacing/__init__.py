"""How a file gets another content: whole, or not at all."""
