"""One call of a fake API, from the first byte of its request to the last of its answer, as plain ASGI."""
