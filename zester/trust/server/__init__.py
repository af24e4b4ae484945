"""The configuration files of a realm's nats-servers."""
