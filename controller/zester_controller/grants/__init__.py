"""Makes the keys of settings files and gives them to the peels that may have them."""
