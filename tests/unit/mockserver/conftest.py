"""What the tests of the fake share: the specs it serves, and a way to ask it without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

import pytest

from safelight import Spec, load
from safelight_mockserver.answers.answer import Answer, Call, Responder
from safelight_mockserver.options import Options

ROOT = Path(__file__).parents[3]


class Ask(Protocol):
    """Asks a spec's only operation."""

    def __call__(
        self,
        body: object,
        *,
        spec: Spec | None = None,
        options: Options | None = None,
        verb: str = "POST",
        authorization: str | None = "Bearer a-key",
        keys: dict[str, str] | None = None,
        content_type: str | None = "application/json",
    ) -> Answer:
        """Return the answer to *body*; bytes are sent as they are, None stands for a body over the limit."""
        ...


@pytest.fixture(scope="session")
def ttapi() -> Spec:
    """The first spec."""
    return load(ROOT / "spec" / "ttapi-images.yaml")


@pytest.fixture(scope="session")
def xai() -> Spec:
    """The spec of another shape."""
    return load(ROOT / "tests" / "specs" / "xai-images.yaml")


@pytest.fixture(scope="session")
def ask(ttapi: Spec) -> Ask:
    """Asks, by default, TTAPI with a key and the right content type."""

    def asking(
        body: object,
        *,
        spec: Spec | None = None,
        options: Options | None = None,
        verb: str = "POST",
        authorization: str | None = "Bearer a-key",
        keys: dict[str, str] | None = None,
        content_type: str | None = "application/json",
    ) -> Answer:
        spec = spec or ttapi
        (operation,) = spec.operations.values()
        call = Call(
            verb=verb,
            path="/v1/images/generations",
            authorization=authorization,
            keys=keys or {},
            content_type=content_type,
            body=body if isinstance(body, bytes | None) else json.dumps(body).encode(),
        )
        return Responder(spec, operation, options or Options()).answer(call)

    return asking
