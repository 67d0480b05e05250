"""Faults on demand: everything a client can meet in production, ordered in one grammar, played exactly."""
