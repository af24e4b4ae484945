"""One connection to NATS at a time, and the supervisor that never gives up."""
