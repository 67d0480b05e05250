"""What a client package has beside its calls: the front door, the command and the README."""
