"""Who this machine is, whom it believes, and what lets it in."""
