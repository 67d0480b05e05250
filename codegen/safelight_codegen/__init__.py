"""Code from specs: typed clients, and later whatever else follows from a spec.

`render` is pure: a spec in, texts by path out.  `generate` puts what it gives on disk, or compares it with what is
there; the command ``safelight generate`` is a thin shell around it.
"""

from safelight_codegen.generate import generate
from safelight_codegen.options import TARGETS, Http, Options, Target
from safelight_codegen.render import render
from safelight_codegen.writer import Changes, Mode, WriteError

__all__ = ["TARGETS", "Changes", "Http", "Mode", "Options", "Target", "WriteError", "generate", "render"]
