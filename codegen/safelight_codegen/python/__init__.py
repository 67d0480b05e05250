"""The Python target: from a spec to view-models of a client package.

`client` says which files there are.  A validator is compiled in `validators`, `validator`, `judging`, `content`,
`rules`, `predicates`, and in `quick` and `acceptance`; what its functions look like is decided in `steps` and
`layout`.  The typed surface comes from `resources`, `signatures`, `annotations` and `records`.  Nothing here knows a
template.
"""

from safelight_codegen.python.client import Rendered, python_client

__all__ = ["Rendered", "python_client"]
