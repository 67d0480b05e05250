"""The fake API: answers as the spec says, with real images, and never calls anyone."""

__all__: list[str] = []
