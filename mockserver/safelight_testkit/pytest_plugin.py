"""The pytest plugin: fake APIs as fixtures, and the contract suite as tests.

pytest loads it in every run where Safelight is installed, most of which have nothing to do with Safelight.  So it
imports the standard library and pytest, and everything else in the fixture that needs it.

`safelight_testkit.plugin.SafelightServer` is what most tests work with.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    import respx

    from safelight_testkit.plugin import SafelightServer
    from safelight_testkit.plugin.settings import Specs

__all__: list[str] = []

_SPECS: Final[pytest.StashKey[Specs]] = pytest.StashKey()
_LIBRARIES: Final = ("httpx", "httpx2")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of the command line and of the configuration file."""
    group = parser.getgroup("safelight", "safelight: fake image APIs")
    group.addoption("--safelight-spec", metavar="SPEC", help="the API: a spec file, or the name of a shipped spec")
    group.addoption("--safelight-client", metavar="PACKAGE", help="the generated client that safelight_client is of")
    group.addoption(
        "--safelight-contract", metavar="URL", help="add the contract suite, run against the server at this base URL"
    )
    group.addoption(
        "--safelight-budget", metavar="USD", type=float, help="what the contract suite may spend by the spec's prices"
    )
    group.addoption(
        "--safelight-refused-only", action="store_true", help="send only what is meant to be refused, which is free"
    )
    parser.addini("safelight_spec", "the API: a spec file, or the name of a shipped spec", default=None)
    parser.addini("safelight_client", "the package of the generated client that safelight_client is of", default=None)
    parser.addini("safelight_api_key", "the only API key that is accepted (default: any)", default=None)
    parser.addini("safelight_seed", "another seed, other pictures", type="int", default=None)
    parser.addini("safelight_basis", "which rules are enforced: documented,observed,advisory", default=None)
    parser.addini("safelight_as_of", "the day whose state of the API is served, as in 2026-11-22", default=None)
    parser.addini("safelight_ignore", "ids of constraints that are not enforced, with commas between", default=None)
    parser.addini("safelight_check", "whether the fake judges its own answers", type="bool", default=None)
    parser.addini(
        "safelight_respx", "what respx sees: httpx, or httpx2 in its place, in the whole run", default="httpx"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Put httpx2 in httpx's place if that was asked for: it has to be done before anything imports httpx."""
    library = early_config.getini("safelight_respx")
    if library not in _LIBRARIES:
        raise pytest.UsageError(f"the ini option safelight_respx must be httpx or httpx2, got {library!r}")
    if library == "httpx2":
        import httpx2

        try:
            httpx2.alias_httpx()
        except RuntimeError:
            raise pytest.UsageError(
                "safelight_respx = 'httpx2' comes too late: a plugin has imported httpx before. "
                "If it was that of respx, add '-p no:respx' to addopts"
            ) from None


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and prepare the contract suite if that was asked for."""
    config.stash[_SPECS] = {}
    config.addinivalue_line(
        "markers",
        "safelight(spec=..., client=..., api_key=..., seed=..., basis=..., as_of=..., ignore=..., check=...): "
        "what the fixture safelight_server serves to this test.",
    )
    config.addinivalue_line("markers", "safelight_contract: a test of the contract suite (--safelight-contract).")
    url = config.getoption("safelight_contract")
    if url is not None:
        from safelight_testkit.plugin import contract
        from safelight_testkit.plugin.settings import Misuse

        try:
            contract.prepare(config, url, config.stash[_SPECS])
        except Misuse as error:
            raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the contract suite if that was asked for, before tests are chosen by ``-m`` and ``-k``."""
    if config.getoption("safelight_contract") is not None:
        from safelight_testkit.plugin import contract

        items += contract.items(session)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker that could have no effect."""
    mark = item.get_closest_marker("safelight")
    if mark is not None and "safelight_url" in getattr(item, "fixturenames", ()):
        pytest.fail(
            "the marker safelight cannot change safelight_url, which serves all tests of the run: "
            "use safelight_server, or put the settings into the pytest configuration",
            pytrace=False,
        )


@pytest.fixture
def safelight_server(request: pytest.FixtureRequest) -> Iterator[SafelightServer]:
    """A fake image API in this process, with a request log, for this test alone."""
    from safelight_testkit.plugin.server import SafelightServer
    from safelight_testkit.plugin.settings import of_test, resolve

    with _explained():
        server = SafelightServer(resolve(of_test(request.node), request.config.stash[_SPECS]))
    yield server
    server.close()


@pytest.fixture
def safelight_client(safelight_server: SafelightServer) -> Iterator[Any]:
    """A client of safelight_server, of the generated package that the setting ``client`` names."""
    with _explained():
        client = safelight_server.client()
    with client:
        yield client


@pytest.fixture
def safelight_respx(safelight_server: SafelightServer) -> Iterator[respx.MockRouter]:
    """A respx router through which safelight_server answers calls to the real API's address."""
    try:
        from safelight_testkit.plugin.router import routing
    except ModuleNotFoundError as error:
        if error.name not in {"httpx", "respx"}:
            raise
        message = f"safelight_respx needs {error.name}: pip install 'safelight[test]'"
        raise pytest.fail.Exception(message, pytrace=False) from None
    with routing(safelight_server) as router:
        yield router


@pytest.fixture(scope="session")
def safelight_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The base URL of a fake image API on a port of this machine, for all tests of this process."""
    from safelight_mockserver import fake, running
    from safelight_testkit.plugin.server import check, complain
    from safelight_testkit.plugin.settings import of_session, resolve

    with _explained():
        settings = resolve(of_session(pytestconfig), pytestconfig.stash[_SPECS])
    app = fake(settings.spec, settings.options)
    check(app, settings)
    with running(app) as url:
        yield url
    complain(app)


@contextmanager
def _explained() -> Generator[None]:
    """Tell authors of tests what is wrong, without a traceback through this plugin."""
    from safelight_testkit.plugin.settings import Misuse

    try:
        yield
    except Misuse as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
