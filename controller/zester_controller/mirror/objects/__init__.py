"""Objects of the cluster as they were last seen."""
