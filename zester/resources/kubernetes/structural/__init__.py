"""Structural schemas: the part of OpenAPI that Kubernetes takes, and what it does with it."""
