"""Settings that every test shares."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# A slow machine is no finding: time never decides whether a test passes.
settings.register_profile("safelight", deadline=None)
settings.load_profile("safelight")


def pytest_configure() -> None:
    """Let Ctrl-C interrupt what tests start, also where the run itself was started in the background.

    A shell lets its background jobs ignore SIGINT, and every process that they start inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def checked_fakes() -> Iterator[None]:
    """Let every fake of a module judge its own answers by its spec, and fail if one is wrong."""
    from safelight_mockserver.calls.service import Service
    from safelight_testkit.selfcheck import SelfCheck

    made: list[Service] = []
    begin = Service.__init__

    def begin_checked(self: Service, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as `Service` takes them
        begin(self, *arguments, **named)
        options = self.options
        self.check = SelfCheck(as_of=options.as_of, basis=options.basis, ignore=options.ignore)
        made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Service, "__init__", begin_checked)
        yield
    assert [problem for one in made for problem in one.problems] == []
