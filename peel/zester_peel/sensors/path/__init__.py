"""What the sensor for paths is made of."""
