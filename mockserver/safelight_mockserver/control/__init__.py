"""The control API and its page, below ``/_safelight/``: what was asked of a fake, seen, asserted and steered.

A fake that nobody looks at should start as fast as one that cannot be looked at.  So `Control` is all that is imported
with the fake; the rest comes with the first request for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from safelight_mockserver.app import Fake
    from safelight_mockserver.exchange import App

__all__ = ["ROOT", "Control"]

ROOT: Final = "/_safelight"
"""The path below which everything is; no API has one like it."""


class Control:
    """The control API of a fake, as an ASGI application that is made when it is first called.

    Args:
        fake: What is controlled.
    """

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        self._application: App | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
        """Answer one request."""
        if self._application is None:
            from .edge import application

            self._application = application(self._fake)
        await self._application(scope, receive, send)
