"""Keep secrets out of whatever is shown, sent or stored."""
