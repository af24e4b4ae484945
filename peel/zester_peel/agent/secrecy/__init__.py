"""What a peel says of its states without saying what its settings hold."""
