"""What the HTML pages of this package share: the frame around them, and how foreign text gets into them.

Everything that does not come from this package is escaped on its way in: answers of a server are foreign text.  There
is no script; what folds is a ``details`` element, which the keyboard opens.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Final

from safelight_testkit.contract.report import About

__all__ = ["about_text", "folded", "framed", "plain"]

_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""The page loads nothing, whatever a server has made it quote."""

_LONGEST: Final = 20_000


def framed(title: str, skip: tuple[str, str], content: Iterable[str]) -> str:
    """Put the frame of a page around its content.

    Args:
        title: The title.
        skip: The id of the main part, and what the link to it is called.
        content: The lines of the page's body.
    """
    css = files("safelight_testkit.contract").joinpath("page.css").read_text("utf-8")
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{escape(title)}</title>",
            f"<style>{css}</style></head>",
            f'<body><a class="skip" href="#{skip[0]}">{escape(skip[1])}</a>',
            *content,
            "</body></html>",
            "",
        )
    )


def plain(text: str) -> str:
    """Foreign text as HTML; half a surrogate pair, which cannot be written as UTF-8, as an escape sequence."""
    return escape(text.encode("utf-8", "backslashreplace").decode())


def folded(title: str, text: str) -> str:
    """A text that is seen when its title is opened, cut where it gets very long."""
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
    return f'<details><summary>{plain(title)}</summary><pre tabindex="0">{plain(shown)}</pre></details>'


def about_text(about: About | None) -> str:
    """What a constraint says and where it comes from, as HTML to go behind its id."""
    if about is None:
        return ""
    source = plain(about.source)
    if about.url.startswith(("https://", "http://")):
        source = f'<a href="{escape(about.url)}" rel="noreferrer">{source}</a>'
    known = f" ({plain(about.basis)}{f': {source}' if source else ''})"
    return f": {plain(about.requirement)}{known}{f'. {plain(about.why)}' if about.why else ''}"
