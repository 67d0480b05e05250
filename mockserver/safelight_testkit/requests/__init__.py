"""Whole requests: valid, or wrong in exactly one way, few or without end."""
