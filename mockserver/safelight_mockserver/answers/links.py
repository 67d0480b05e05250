"""Signed links: the address of an image says everything that is needed to draw it, and until when it is good.

Nothing is stored for a link.  Any server that has the same secret serves it, after a restart as well, and its expiry is
judged by that server's own clock, which tests can move.

The signature covers the text of the link as it travels, not what the text decodes to.  So there is exactly one valid
spelling of every link: base64 has spare bits, and a check of decoded values would let them be changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import astuple
from fractions import Fraction

from safelight.records import dataclass
from safelight_mockserver.pictures.picture import Picture

__all__ = ["Expired", "Forged", "Link", "sign", "verify"]

_PURPOSE = b"safelight link 1:"  # A secret that is used for something else as well gives no valid links by accident.


@dataclass(frozen=True, slots=True)
class Link:
    """What a link stands for.

    Attributes:
        picture: The image.
        expires: The first second of Unix time at which the link is no longer good.
        trouble: What is wrong with it, by order: it leads nowhere (``missing``), to an image that is late (``slow``),
            to a file that is none (``garbage``), is cut off (``truncated``) or is of another format (``format``).
        seconds: How late the image comes.
    """

    picture: Picture
    expires: int
    trouble: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Expired:
    """A genuine link whose time is over.

    Attributes:
        link: What it stood for.
    """

    link: Link


@dataclass(frozen=True, slots=True)
class Forged:
    """A text that was not signed with this secret, or was changed since."""


def sign(link: Link, secret: bytes) -> str:
    """Return *link* as text for a URL: letters, digits, ``-``, ``_`` and one ``.``; with a `caption`, under 2,000.

    Args:
        link: What the text shall stand for.
        secret: At least 16 bytes; whoever knows it can make links.

    Raises:
        ValueError: The secret is too short to protect anything.
    """
    if len(secret) < 16:
        raise ValueError(f"a secret of {len(secret)} bytes can be guessed: use 16 or more")
    fields = [link.expires, link.trouble, link.seconds, *astuple(link.picture)]
    text = json.dumps(fields, default=str, ensure_ascii=False, separators=(",", ":"))
    body = _base64(text.encode("utf-8", "surrogatepass"))
    return f"{body}.{_signature(body, secret)}"


def verify(token: str, secret: bytes, now: float) -> Link | Expired | Forged:
    """Tell what the text of a link stands for.

    Args:
        token: Any text that claims to come from `sign`.
        secret: The one that it should have been signed with.
        now: Unix time.

    Returns:
        The link, or why it is not good.  How long this takes does not depend on how much of a signature is right.
    """
    body, _, signature = token.rpartition(".")
    expected = _signature(body, secret).encode()
    if not hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass")):
        return Forged()
    text = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode("utf-8", "surrogatepass")
    expires, trouble, seconds, *fields = json.loads(text)
    fields[-1] = Fraction(fields[-1])
    link = Link(Picture(*fields), expires, trouble, seconds)
    return link if now < expires else Expired(link)


def _signature(body: str, secret: bytes) -> str:
    text = _PURPOSE + body.encode("utf-8", "surrogatepass")
    return _base64(hmac.digest(secret, text, hashlib.sha256))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
