"""Machines that asked to join, and what was decided about them."""
