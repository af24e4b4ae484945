"""The ``service`` states: what runs, and what starts at boot."""
