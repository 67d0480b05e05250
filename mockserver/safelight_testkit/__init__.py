"""Requests made from a spec: every constraint tried from both sides, and as many valid bodies as a test can use."""

__all__: list[str] = []
