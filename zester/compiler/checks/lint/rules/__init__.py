"""One small file per rule, or per few that look at the same; ``table.py`` lists them all."""
