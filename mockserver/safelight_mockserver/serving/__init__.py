"""A fake API on a port: processes, connections, limits, and what whoever runs it is told."""
