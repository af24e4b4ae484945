"""Who becomes a peel, who stays one, and who no longer is."""
