"""What Zester is inside Kubernetes: nine kinds, and the definitions a cluster needs of them."""
