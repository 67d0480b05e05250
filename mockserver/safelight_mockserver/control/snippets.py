"""The snippets: a request as it can be pasted into a shell, a Python file or a test; keys stay in the environment."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from pprint import pformat
from typing import Any

from safelight.model import Auth, Operation, Spec
from safelight.records import dataclass
from safelight.shipped import shipped

__all__ = ["Outcome", "Snippets", "snippets"]

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Snippets:
    """One request in several languages."""

    curl: str
    python: str
    pytest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request, which a test of it asserts.

    Attributes:
        status: The HTTP status of the answer.
        rules: The constraints that it breaks.
    """

    status: int
    rules: tuple[str, ...]


def snippets(
    spec: Spec,
    operation: Operation,
    body: Any,  # noqa: ANN401 - any JSON value
    base: str,
    outcome: Outcome,
    *,
    path: Path | None = None,
) -> Snippets:
    """Write a request for people to paste.

    Args:
        spec: The API.
        operation: What is called.
        body: The body, as JSON.
        base: The URL below which the operations are.
        outcome: What became of it.
        path: The file that the spec was read from, as it was named; None where no file is known.
    """
    header = _header(spec.auth[0], spec.key_variable) if spec.auth else None
    url = f"{base}{operation.path}"
    return Snippets(
        curl=_curl(operation, url, body, header),
        python=_python(operation, url, body, header),
        pytest=_pytest(_named(spec, path), operation, body, header, outcome),
    )


def _named(spec: Spec, path: Path | None) -> str:
    """Name the spec as a test finds it: a shipped one by its name, any other by its path."""
    known = shipped()
    if path is None:
        return spec.name if spec.name in known else f"{spec.name}.yaml"
    resolved = path.resolve()
    return next((name for name, one in known.items() if one.resolve() == resolved), path.as_posix())


def _header(auth: Auth, variable: str) -> tuple[str, str, str]:
    """Return a header's name, what stands before the key in it, and the variable that holds the key."""
    return ("Authorization", "Bearer ", variable) if auth.header is None else (auth.header, "", variable)


def _curl(operation: Operation, url: str, body: Any, header: tuple[str, str, str] | None) -> str:  # noqa: ANN401 - same
    lines = [f"curl -sS -X {operation.verb} {shlex.quote(url)}"]
    if header is not None:
        lines.append(f'-H "{header[0]}: {header[1]}${header[2]}"')
    lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(body))}"]
    return " \\\n  ".join(lines)


def _python(operation: Operation, url: str, body: Any, header: tuple[str, str, str] | None) -> str:  # noqa: ANN401 - same
    lines = ["import os", "", "import httpx2", ""] if header is not None else ["import httpx2", ""]
    lines += [f"body = {_literal(body)}"]
    told = ""
    if header is not None:
        name, scheme, variable = header
        lines.append(f'headers = {{{name!r}: f"{scheme}{{os.environ[{variable!r}]}}"}}')
        told = ", headers=headers"
    lines += [
        f"response = httpx2.request({operation.verb!r}, {url!r}, json=body{told}, timeout=120)",
        "print(response.status_code, response.text[:1000])",
    ]
    return "\n".join(lines)


def _pytest(spec: str, operation: Operation, body: Any, header: tuple[str, str, str] | None, outcome: Outcome) -> str:  # noqa: ANN401 - same
    name = "is_refused" if outcome.status >= 400 else "is_accepted"
    key = ""
    if header is not None:
        key = f'headers={{{header[0]!r}: f"{header[1]}{{safelight_server.api_key}}"}}'
    return "\n".join(
        (
            "import httpx2",
            "import pytest",
            "",
            "",
            f"@pytest.mark.safelight(spec={json.dumps(spec, ensure_ascii=False)})",
            f"def test_the_request_{name}(safelight_server):",
            f"    body = {_literal(body).replace(chr(10), chr(10) + ' ' * 11)}",
            "    client = httpx2.Client(",
            "        transport=safelight_server.transport,",
            "        base_url=safelight_server.base_url,",
            *([f"        {key},"] if key else []),
            "    )",
            "    with client:",
            f"        response = client.request({operation.verb!r}, {operation.path!r}, json=body)",
            f"    assert response.status_code == {outcome.status}",
            f"    assert [one.rule for one in safelight_server.requests.last.violations] == {list(outcome.rules)!r}",
        )
    )


def _literal(body: Any) -> str:  # noqa: ANN401 - same
    return pformat(body, width=_WIDTH, sort_dicts=False)
