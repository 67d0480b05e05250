"""The address of a shared state: which URLs there are, and what is wrong with those that are none.

The library for Redis has words of its own for this, which know nothing of a state in memory, and names of its own for
what may stand behind a question mark, of which an unknown one fails only when the first connection is opened.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from safelight.diagnostic import suggest

__all__ = ["MEMORY", "check_address"]

MEMORY: Final = "memory"
"""The address of a state that is not shared."""

_OF_TLS: Final = ("ssl_ca_certs", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile")
_OPTIONS: Final = {"redis": ("db",), "rediss": ("db", *_OF_TLS), "unix": ("db", "username", "password")}
_FORMS: Final = "redis://HOST:PORT/DB, rediss://HOST:PORT/DB with TLS, or unix:///PATH?db=DB"


def check_address(url: str) -> None:
    """Refuse what is no URL of Redis; passwords are not repeated.

    Raises:
        ValueError: It is none; the text says what is wrong, and what would be right.
    """
    wrong = _wrong(url)
    if wrong:
        raise ValueError(f"the state cannot be used: {wrong}; it is {MEMORY}, {_FORMS}")


def _wrong(url: str) -> str:
    """Say what is wrong with a URL in a clause; empty where nothing is."""
    scheme, mark, _ = url.partition("://")
    if not mark:
        return "its address is none" if "@" in url else f"{url!r} is no address"
    if scheme not in _OPTIONS:
        return f"no state is at {scheme}://"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"its address cannot be read ({error})"
    path = parts.path.strip("/")
    if scheme == "unix" and not path:
        return "unix:// without a path leads nowhere"
    if port == 0:
        return "nothing listens at port 0"
    options = parse_qsl(parts.query, keep_blank_values=True)
    unknown = next((name for name, _ in options if name not in _OPTIONS[scheme]), None)
    if unknown is not None:
        known = ", ".join(_OPTIONS[scheme])
        return f"{scheme}:// has no option {unknown!r} ({suggest(unknown, _OPTIONS[scheme]) or f'it has {known}'})"
    numbers = [value for name, value in options if name == "db"] + ([path] if path and scheme != "unix" else [])
    database = next((one for one in numbers if not (one.isascii() and one.isdigit())), None)
    return f"{database!r} is no number of a database" if database is not None else ""
