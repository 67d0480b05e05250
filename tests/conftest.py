"""Settings that every test shares."""

import signal

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
