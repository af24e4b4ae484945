"""The language of Zester: what the master, the peels and the command line all speak."""

__version__ = "0.1.0"
