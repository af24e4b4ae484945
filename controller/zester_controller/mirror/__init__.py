"""Mirrors objects of a Kubernetes cluster into the bus, and what became of them back."""
