"""The typed surface of a client: the methods that call operations, what they take and what they give."""
