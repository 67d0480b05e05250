"""What the API would say to a request: decided by the spec alone, before any web framework is met."""
