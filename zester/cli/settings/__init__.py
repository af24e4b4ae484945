"""What the command line does with settings: seal them, encrypt values in them."""
