"""Values of one parameter: what is legal, and what shows where that ends."""
