"""What is known about this machine, under Zester's names and under Salt's."""
