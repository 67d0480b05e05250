"""Contract tests: every rule of a spec tried from both sides against a server, and a report of what it does."""
