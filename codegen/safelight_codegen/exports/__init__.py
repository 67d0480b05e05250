"""A spec for tools that know nothing of Safelight: JSON Schema 2020-12 and OpenAPI 3.1.

An export is a third reading of the spec, beside the interpreter and the compiled validators.  A request is valid by its
schema where the API does not refuse it.  JSON Schema cannot say everything: what it has no form for (the arithmetic of
sizes, sums, lengths in bytes) is left out, which makes a schema weaker and never stronger, and is listed in every
document under ``x-safelight-unsaid`` and by `unsaid`.
"""

from safelight_codegen.exports.jsonschema import json_schemas, unsaid
from safelight_codegen.exports.openapi import openapi
from safelight_codegen.exports.values import Unsaid

__all__ = ["Unsaid", "json_schemas", "openapi", "unsaid"]
