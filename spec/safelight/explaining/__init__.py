"""A spec in words for people: its models, their parameters, and the values each one takes."""
