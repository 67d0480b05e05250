"""What is wrong with a spec that can be read: what no request can meet, and what contradicts itself."""
