"""Commands for the fleet, and the jobs they become."""
