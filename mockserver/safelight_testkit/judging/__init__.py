"""Judging answers: against what the spec says, and knowing nothing of how they came."""
