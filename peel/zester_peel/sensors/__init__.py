"""What tells the agent that something on the machine may have changed; one kind, one file."""
