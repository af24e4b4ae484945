"""How execution functions are found, checked and called."""
