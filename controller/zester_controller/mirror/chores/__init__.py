"""What is done once: before an upgrade, after the master is gone."""
