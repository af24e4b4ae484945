"""Many peels in one process, each on a machine in memory; started by ``zester dev swarm``."""
