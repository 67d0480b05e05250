"""``python -m safelight.cli``, the same as ``safelight``."""

from safelight.cli import main

main()
