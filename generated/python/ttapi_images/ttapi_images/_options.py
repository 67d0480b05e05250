"""What the options of a client must be.

Each is looked at when the client is made, and refused with the fix in the message: an option that cannot work should
not wait for the first call to trip over it, and least of all be passed over in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from string import ascii_letters, digits

from ._checks import listed, nearest_value, shown
from .errors import NotConfigured

__all__ = ["address", "bases", "count", "headers", "key", "rules", "seconds"]

_IN_NAMES = frozenset(ascii_letters + digits + "!#$%&'*+-.^_`|~")  # RFC 9110 section 5.6.2, "token"
_BASES = ("documented", "observed", "advisory")


def address(given: object) -> str:
    """Take where the API is served; a slash at the end is left out.

    Raises:
        NotConfigured: It is no http or https URL that paths can be appended to.
    """
    if not isinstance(given, str):
        raise NotConfigured(f"base_url must be an http or https URL in a string, got {given!r}")
    scheme, found, rest = given.partition("://")
    if scheme.lower() not in {"http", "https"} or not found or not rest.strip("/"):
        raise NotConfigured(f"base_url must be an http or https URL, got {given!r}")
    if "?" in rest or "#" in rest or not given.isprintable() or " " in given:
        raise NotConfigured(f"base_url must be a URL without blanks, query or fragment, got {given!r}")
    return given.rstrip("/")


def key(given: object) -> str:
    """Take the API key.

    Raises:
        NotConfigured: No HTTP header can carry it.  The message does not show it.
    """
    if not isinstance(given, str):
        raise NotConfigured(f"the API key must be a string, got {type(given).__name__}")
    if not given.isprintable() or not given.isascii() or given != given.strip():
        raise NotConfigured("the API key holds a blank, a line break or a sign that no HTTP header can carry")
    return given


def seconds(given: object) -> float | None:
    """Take a time limit, None for none.

    Raises:
        NotConfigured: It is no number above 0.
    """
    if given is not None and not (isinstance(given, int | float) and given > 0):
        raise NotConfigured(f"timeout must be a number of seconds above 0, or None for no limit, got {given!r}")
    return given


def count(name: str, given: object, least: int) -> int:
    """Take a whole number.

    Args:
        name: What it is called.
        given: The number.
        least: The smallest that can work.

    Raises:
        NotConfigured: It is smaller, or none.
    """
    if not isinstance(given, int) or given < least:
        raise NotConfigured(f"{name} must be a whole number, {least} or more, got {given!r}")
    return given


def bases(given: Collection[str]) -> frozenset[str]:
    """Take how rules must be known in order to be checked.

    Raises:
        NotConfigured: There is no such basis, or what the documentation says is left out.
    """
    names = _names(given)
    for name in names:
        if name not in _BASES:
            raise NotConfigured(f"basis must be among {listed(_BASES, 'and')}, got {shown(name)}{_meant(name, _BASES)}")
    if "documented" not in names:
        raise NotConfigured(
            f'basis must include "documented", got {listed(names)}; validate=False checks nothing, ignore=... less'
        )
    return frozenset(names)


def rules(given: Collection[str], known: tuple[str, ...]) -> frozenset[str]:
    """Take the ids of rules that are not to be checked.

    Args:
        given: The ids.
        known: All that there are.

    Raises:
        NotConfigured: There is no such rule; a misspelt one would be checked as before.
    """
    names = _names(given)
    for name in names:
        if name not in known:
            raise NotConfigured(f"ignore must name rules of this API, and {shown(name)} is none{_meant(name, known)}")
    return frozenset(names)


def headers(given: Mapping[str, object]) -> dict[str, str]:
    """Take headers of the caller's, with names in lower case.

    Raises:
        NotConfigured: HTTP cannot carry one.  The message does not show its value, which may be a secret.
    """
    taken: dict[str, str] = {}
    for name, text in given.items():
        if not name or not all(sign in _IN_NAMES for sign in name):
            raise NotConfigured(f"default_headers: {shown(name)} is no name of a header")
        if not isinstance(text, str) or not text.isascii() or not text.isprintable():
            raise NotConfigured(f"default_headers: the value of {name!r} must be a line of printable ASCII text")
        taken[name.lower()] = text
    return taken


def _names(given: Collection[str]) -> tuple[str, ...]:
    """Take one name for a collection of one: the letters of a string are never meant."""
    return (given,) if isinstance(given, str) else tuple(given)


def _meant(name: object, known: tuple[str, ...]) -> str:
    near = nearest_value(name, known)
    return "" if near is None else f": did you mean {shown(near)}?"
