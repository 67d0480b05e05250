"""The Python target: from a spec to view-models of a client package.

Folders are layers, told here from the lowest up.  `view` holds what templates place, and `code` what all generated
Python is written with.  On them stand, each without the other, `validation`, the compiled reading of the spec, and
`surface`, the methods and types.  `package` adds what a client has beside its calls.  `client` says which files there
are; `compiling` takes only the validators, and runs them from memory.  Nothing else here knows a template.
"""

from safelight_codegen.python.client import Rendered, python_client

__all__ = ["Rendered", "python_client"]
