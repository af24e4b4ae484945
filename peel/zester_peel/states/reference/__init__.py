"""What editors and ``zester lint`` are told of the states: written from their models."""
