"""What the rules of a spec say of a request, and which requests would satisfy them."""
