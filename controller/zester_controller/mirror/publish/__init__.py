"""From files to the head that peels follow."""
