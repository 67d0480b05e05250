"""Safelight: one spec for an image-generation API, and everything else follows from it."""
