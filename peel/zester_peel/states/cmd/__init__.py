"""The ``cmd`` states: commands and scripts."""
