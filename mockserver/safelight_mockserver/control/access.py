"""Who may use the control API.

Where a key is set, it is asked for with every call but those for probes and for the page's own files.  Where none is,
the control API is for the machine it runs on, and a browser on that machine is open to the whole web: a foreign page
can send requests to any port of it, and by a name that it has resolved to 127.0.0.1 it could read the answers (DNS
rebinding).  So a request then has to be sent to an address or a plain name, and one that comes from a page has to come
from this one.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from .problem import Problem

__all__ = ["KEY_HEADER", "check"]

KEY_HEADER: Final = "x-safelight-key"
"""The header that carries the control key; ``Authorization: Bearer`` does as well, for scrapers that know no other."""

_PRIVATE: Final = frozenset({"internal", "localhost", "test"})
"""Top-level domains that nobody can register (RFC 6761; ``internal`` by ICANN's resolution of 2024)."""


def check(headers: Mapping[str, str], key: str | None, public_url: str | None) -> None:
    """Let a request pass.

    Args:
        headers: Those of the request, by their lower-case names.
        key: The key of the control API, if it has one.
        public_url: Where clients reach the fake, if it was told.

    Raises:
        Problem: It may not.  How long the check takes does not depend on how much of a key is right.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        raise Problem(403, f"the control API takes no calls from pages of {origin}")
    if key is None:
        if not _is_plain(host) and (public_url is None or host != _host_of(public_url)):
            raise Problem(
                403,
                f"the control API has no key, and then takes no calls by the name {host!r}",
                "call it by its address, or start the fake with --control-key or with this name as --public-url",
            )
        return
    sent = headers.get(KEY_HEADER) or _bearer(headers.get("authorization", ""))
    if not sent:
        raise Problem(401, "the control API needs its key", f"send it in the header {KEY_HEADER}")
    if not hmac.compare_digest(sent.encode("utf-8", "surrogateescape"), key.encode()):
        raise Problem(401, "this is not the key of the control API", "it is what --control-key was given at the start")


def _is_plain(host: str) -> bool:
    """Tell whether a host is an address, or a name that no foreign web site can have: one without a dot, say."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # Brackets that close nothing.
        return False
    if ("." not in name and ":" not in name) or name.rpartition(".")[2] in _PRIVATE:
        return bool(name)
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def _bearer(authorization: str) -> str:
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
