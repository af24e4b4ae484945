"""The other way round: what the bus knows of machines, shown in the cluster and decided there."""
