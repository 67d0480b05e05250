"""Settings that every test shares."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from safelight import Operation, Spec

# A slow machine is no finding: time never decides whether a test passes.
settings.register_profile("safelight", deadline=None)
settings.load_profile("safelight")


def pytest_configure() -> None:
    """Let Ctrl-C interrupt what tests start, also where the run itself was started in the background.

    A shell lets its background jobs ignore SIGINT, and every process that they start inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def wrong_answers() -> Iterator[list[str]]:
    """Let every fake of this process judge its own answers by its spec; yields what they find wrong.

    What is judged is what the API itself says: no answer that a fault has spoiled, and none of a fake that errs on
    purpose, because a test gave it a responder, a renderer or a check of its own.
    """
    from safelight_mockserver.answers.answer import Responder
    from safelight_mockserver.calls.service import Sent, Service
    from safelight_mockserver.pictures.renderer import BUILT_IN
    from safelight_testkit.judging.images import Images
    from safelight_testkit.selfcheck import SelfCheck

    found: list[str] = []
    images = Images()
    begin = Service.__init__

    def begin_checked(self: Service, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as `Service` takes them
        begin(self, *arguments, **named)
        check = SelfCheck.of(self.options, images)

        def told(spec: Spec, operation: Operation, request: bytes, sent: Sent) -> Sequence[str]:
            wrong = check(spec, operation, request, sent)
            found.extend(f"{spec.name}.{operation.name}, called with {request[:500]!r}: {one}" for one in wrong)
            return wrong

        if self.responder is Responder and self.options.images in BUILT_IN:
            self.check = told

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Service, "__init__", begin_checked)
        yield found


@pytest.fixture(autouse=True)
def _honest_fakes(request: pytest.FixtureRequest, wrong_answers: list[str]) -> Iterator[None]:
    """Fail a test in which a fake broke its own spec, whatever the test was about; unless it is about mutants."""
    yield
    told = [*wrong_answers]
    wrong_answers.clear()
    assert told == [] or "mutants" in request.path.stem
