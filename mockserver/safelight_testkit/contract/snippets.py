"""A request as it can be pasted into a shell or a Python file; the key stays in its environment variable."""

from __future__ import annotations

import json
import shlex

from safelight_testkit.contract.report import Origin
from safelight_testkit.contract.trial import Key, Trial, Twist, written

__all__ = ["as_curl", "as_python"]

_WRONG: str = "a-wrong-key"


def as_curl(origin: Origin, trial: Trial) -> str:
    """Write a trial as a curl command for a POSIX shell."""
    verb, url, twist = _verb(origin, trial), _url(origin, trial), _twist(trial)
    lines = [f"curl -sS -i -X {verb} {shlex.quote(url)}"]
    key = _key(origin, twist, f"${origin.key_variable}")
    if key is not None:
        lines.append(f'-H "{key[0]}: {key[1]}"')
    lines.append(f"-H {shlex.quote(f'Content-Type: {twist.content_type}')}")
    if verb != "GET":
        lines.append(f"--data-binary {shlex.quote(_content(trial))}")
    return " \\\n  ".join(lines)


def as_python(origin: Origin, trial: Trial) -> str:
    """Write a trial as a Python script, for httpx2."""
    verb, twist = _verb(origin, trial), _twist(trial)
    key = _key(origin, twist, "{os.environ['" + origin.key_variable + "']}")
    headers = [f"    {'content-type'!r}: {twist.content_type!r},"]
    if key is not None:
        headers.insert(0, f"    {key[0].lower()!r}: f{json.dumps(key[1])},")
    content = "" if verb == "GET" else f", content={_content(trial)!r}.encode()"
    imports = ["import os", ""] if key is not None and origin.key_variable in key[1] else []
    return "\n".join(
        (
            *imports,
            "import httpx2",
            "",
            "headers = {",
            *headers,
            "}",
            f"response = httpx2.request({verb!r}, {_url(origin, trial)!r}, headers=headers{content}, timeout=120)",
            "print(response.status_code, response.text)",
        )
    )


def _twist(trial: Trial) -> Twist:
    return trial.twist or Twist(kind="", constraint="")


def _verb(origin: Origin, trial: Trial) -> str:
    return _twist(trial).verb or origin.calls[trial.operation][0]


def _url(origin: Origin, trial: Trial) -> str:
    return f"{origin.base_url.rstrip('/')}{origin.calls[trial.operation][1]}{_twist(trial).suffix}"


def _key(origin: Origin, twist: Twist, variable: str) -> tuple[str, str] | None:
    """The header that the key goes into, and its value; None where no key is sent."""
    if twist.key is Key.NONE or not origin.headers:
        return None
    value = _WRONG if twist.key is Key.WRONG else variable
    header = origin.headers[twist.auth]
    return (header, value) if header is not None else ("Authorization", f"Bearer {value}")


def _content(trial: Trial) -> str:
    return written(trial).decode()
