"""A spec file, from its text to a `Spec`."""
