"""Compiling and rendering in a process of its own: an idle agent has no use for Jinja and YAML."""
