"""The pytest plugin as its users meet it: installed, with no conftest, in test files of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight import load
from safelight.shipped import shipped
from safelight_codegen import Options, render

pytest_plugins = ["pytester"]

CONFIG = """\
[tool.pytest]
strict = true
filterwarnings = ["error"]
addopts = ["-p", "no:cacheprovider", "-p", "no:locust", "-p", "no:schemathesis"]  # slow to load, and no part of it
asyncio_mode = "strict"
asyncio_default_fixture_loop_scope = "function"
safelight_spec = "ttapi-images"
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a configuration file, strict in every way."""
    pytester.makepyprojecttoml(CONFIG)
    return pytester


def test_a_project_needs_no_conftest(run: pytest.Pytester) -> None:
    """Each fixture works as the README shows it; each test has a server of its own."""
    run.makepyfile(
        """
        import httpx2
        import pytest
        from safelight_testkit.plugin import SafelightServer
        from ttapi_images import Client

        def draw(http: httpx2.Client, **body):
            return http.post("/images/generations", json=body, headers={"Authorization": "Bearer x"})

        def test_transport(safelight_server: SafelightServer) -> None:
            with httpx2.Client(transport=safelight_server.transport, base_url=safelight_server.base_url) as http:
                assert draw(http, model="gpt-image-1", prompt="a fox").status_code == 200
            assert safelight_server.requests.last.body["prompt"] == "a fox"
            safelight_server.assert_called(model="gpt-image-1", times=1)

        def test_own_log(safelight_server: SafelightServer) -> None:
            safelight_server.assert_not_called()

        def test_client(safelight_server: SafelightServer) -> None:
            with safelight_server.client(Client) as client:
                client.images.generate(prompt="a fox")
            safelight_server.assert_accepted()

        @pytest.mark.safelight(client="ttapi_images")
        class TestClient:
            def test_fixture(self, safelight_client, safelight_server) -> None:
                safelight_client.images.generate(prompt="a fox", model="gpt-image-1")
                safelight_server.assert_called(model="gpt-image-1")

            @pytest.mark.safelight(api_key="right", ignore="generate.n.maximum@dall-e-3")
            def test_markers_add_up(self, safelight_client, safelight_server) -> None:
                assert safelight_server.api_key == "right"
                safelight_client.with_options(validate=False).images.generate(prompt="a", model="dall-e-3", n=2)

        def test_url(safelight_url: str) -> None:
            assert safelight_url.startswith("http://127.0.0.1:")
            with httpx2.Client(base_url=safelight_url) as http:
                assert draw(http, model="dall-e-3", prompt="a fox", n=2).status_code == 400

        @pytest.fixture(scope="session")
        def app(safelight_url: str) -> str:
            return f"an app that was told {safelight_url}"

        def test_url_for_fixtures_of_a_session(app: str, safelight_url: str) -> None:
            assert app.endswith(safelight_url)
        """
    )
    run.runpytest_subprocess("-p", "no:respx").assert_outcomes(passed=7)


def test_settings_come_from_the_command_line_too(run: pytest.Pytester) -> None:
    """It is stronger than the file and weaker than a marker; paths start where it was typed."""
    run.makepyfile(
        """
        import pytest

        def test_line(safelight_server, safelight_client) -> None:
            assert safelight_server.spec.title == "Mine"
            assert safelight_server.api_key == "from-the-line"

        @pytest.mark.safelight(spec="ttapi-images", api_key="from-the-marker")
        def test_marker(safelight_server) -> None:
            assert safelight_server.spec.title == "TTAPI Images"
            assert safelight_server.api_key == "from-the-marker"
        """
    )
    _copy_spec(run, "title: TTAPI Images", "title: Mine")
    line = ("--safelight-spec=mine.yaml", "--safelight-client=ttapi_images", "-o", "safelight_api_key=from-the-line")
    run.runpytest_subprocess(*line, "-W", f"ignore::{_OTHER_REVISION}").assert_outcomes(passed=2)


_OTHER_REVISION = "safelight_testkit.plugin.OtherRevision"


def _copy_spec(run: pytest.Pytester, old: str, new: str) -> None:
    """Write mine.yaml: the shipped spec with one edit."""
    text = shipped()["ttapi-images"].read_text("utf-8")
    assert text.count(old) == 1
    (run.path / "mine.yaml").write_text(text.replace(old, new), "utf-8")


_ONE_CLIENT = """
import pytest

@pytest.mark.safelight(spec="mine.yaml", client="ttapi_images")
def test_client(safelight_client) -> None:
    safelight_client.images.generate(prompt="a fox", model="gpt-image-1")
"""


def test_a_client_of_another_api_is_an_error_in_one_sentence(run: pytest.Pytester) -> None:
    """Before it sends anything: each of its requests would be refused, for reasons that lead nowhere."""
    _copy_spec(run, "name: ttapi-images", "name: mine")
    run.makepyfile(_ONE_CLIENT)
    result = run.runpytest_subprocess()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["the client package 'ttapi_images' is for ttapi-images (TTAPI Images), and the server *"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_client_of_another_revision_is_a_warning(run: pytest.Pytester) -> None:
    """Told in the summary of the run; where warnings are errors, it fails the test, and the class can be named."""
    _copy_spec(run, "revised: 2026-11-22", "revised: 2026-11-23")
    run.makepyfile(_ONE_CLIENT)

    told = run.runpytest_subprocess("-W", f"default::{_OTHER_REVISION}")
    told.assert_outcomes(passed=1, warnings=1)
    told.stdout.fnmatch_lines(["*OtherRevision: *the client is of 2026-11-22, the server of 2026-11-23*"])
    run.runpytest_subprocess().assert_outcomes(errors=1)


def test_a_failure_is_told_where_it_is(run: pytest.Pytester) -> None:
    """The user's own line is shown, with what was received; nothing of the plugin is."""
    run.makepyfile(
        """
        def test_app(safelight_server) -> None:
            safelight_server.assert_called(model="gpt-image-1")
        """
    )
    result = run.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">       safelight_server.assert_called(model=*",
            'E       AssertionError: expected a request with model="gpt-image-1", but none was received',
            "test_a_failure_is_told_where_it_is.py:2: AssertionError",
        ]
    )
    result.stdout.no_fnmatch_line("*safelight_testkit*server.py*")


def test_misuse_is_an_error_in_one_sentence(run: pytest.Pytester) -> None:
    """Each mistake in a marker is told with what would be right, without a traceback."""
    run.makepyfile(
        """
        import pytest

        @pytest.mark.safelight("ttapi-images")
        def test_positional(safelight_server): ...

        @pytest.mark.safelight(apikey="x")
        def test_unknown(safelight_server): ...

        @pytest.mark.safelight(seed="x")
        def test_type(safelight_server): ...

        @pytest.mark.safelight(spec="absent.yaml")
        def test_spec(safelight_server): ...

        @pytest.mark.safelight(seed=1)
        def test_url(safelight_url): ...

        def test_client(safelight_client): ...
        """
    )
    result = run.runpytest_subprocess()

    result.assert_outcomes(errors=6)
    result.stdout.fnmatch_lines(
        [
            "the marker safelight takes its settings by name, as in safelight(spec='ttapi-images'); the settings are *",
            "the marker safelight has no setting 'apikey'; did you mean 'api_key'[?]",
            'the marker safelight(seed=...) must be an integer, got "x"',
            "the marker safelight(spec=...): there is no file *absent.yaml and no shipped spec 'absent.yaml'; *",
            "the marker safelight cannot change safelight_url, which serves all tests of the run: *",
            "which client[?] Say it once in the pytest configuration, safelight_client = 'ttapi_images', *",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*During handling*")


def test_a_fake_that_breaks_its_spec_is_told_as_the_mistake_that_it_is(run: pytest.Pytester) -> None:
    """Not as one of the code under test; whoever has to go on without the check can switch it off."""
    run.makepyfile(
        """
        import httpx2
        import pytest
        from safelight_mockserver.answers.result import Result

        @pytest.fixture(autouse=True)
        def one_picture_too_few(monkeypatch):
            body = Result.body
            monkeypatch.setattr(Result, "body", lambda self: {**body(self), "data": []})

        def draw(http):
            body = {"model": "gpt-image-2", "prompt": "a fox", "size": "64x64"}
            return http.post("/images/generations", json=body, headers={"Authorization": "Bearer x"}).status_code

        def test_wrong(safelight_server):
            with httpx2.Client(transport=safelight_server.transport, base_url=safelight_server.base_url) as http:
                assert draw(http) == 200

        @pytest.mark.safelight(check=False)
        def test_unchecked(safelight_server):
            with httpx2.Client(transport=safelight_server.transport, base_url=safelight_server.base_url) as http:
                assert draw(http) == 200

        def test_url(safelight_url):
            with httpx2.Client(base_url=safelight_url) as http:
                assert draw(http) == 200
        """
    )
    result = run.runpytest_subprocess()
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*the fake broke its own spec, which is a mistake of Safelight or of ttapi-images:",
            "*this answer breaks the spec: images.count *",
            "*say safelight_check = false in the pytest configuration.",
        ]
    )
    run.runpytest_subprocess("-o", "safelight_check=false").assert_outcomes(passed=3)


def test_a_wrong_option_of_the_file_is_told_by_its_name(run: pytest.Pytester) -> None:
    """Who wrote it finds it."""
    run.makepyfile("def test_app(safelight_url): ...")
    result = run.runpytest_subprocess("-o", "safelight_basis=observd")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the ini option safelight_basis: 'observd' is no basis; did you mean 'observed'[?]"])


def test_every_process_of_xdist_serves_itself(run: pytest.Pytester) -> None:
    """No port, no log and no session is shared, so tests run side by side."""
    run.makepyfile(
        """
        import os
        from pathlib import Path

        import httpx2
        import pytest

        @pytest.mark.parametrize("number", range(8))
        def test_app(number: int, safelight_server, safelight_url: str) -> None:
            body = {"model": "dall-e-3", "prompt": str(number), "n": 2}
            for options in ({"transport": safelight_server.transport}, {}):
                with httpx2.Client(**options) as http:
                    url = safelight_server.base_url if options else safelight_url
                    reply = http.post(url + "/images/generations", json=body, headers={"TT-API-KEY": "x"})
                    assert reply.status_code == 400
            safelight_server.assert_called(prompt=str(number), times=1)
            assert len(safelight_server.requests) == 1
            with Path("urls").open("a") as file:
                file.write(f"{os.environ['PYTEST_XDIST_WORKER']} {safelight_url}\\n")
        """
    )
    result = run.runpytest_subprocess("--numprocesses=2", "--dist=each")

    result.assert_outcomes(passed=16)
    served = {line.split()[0]: line.split()[1] for line in (run.path / "urls").read_text().splitlines()}
    assert set(served) == {"gw0", "gw1"}
    assert len(set(served.values())) == 2


def test_asynchronous_tests_work_with_either_plugin(run: pytest.Pytester) -> None:
    """Under pytest-asyncio and under anyio: calls at once, streams, generated clients, a blocking client."""
    run.makepyfile(
        """
        import asyncio

        import httpx2
        import pytest
        from ttapi_images import AsyncClient

        async def use(server) -> None:
            async with server.async_client(AsyncClient) as client:
                await asyncio.gather(*(client.images.generate(prompt=str(number)) for number in range(3)))
                async with await client.images.generate(
                    prompt="a fox", model="gpt-image-1", stream=True, partial_images=2
                ) as events:
                    assert len([event async for event in events]) == 3
            with httpx2.Client(transport=server.transport, base_url=server.base_url) as blocking:
                assert blocking.post("/images/generations").status_code == 401
            assert len(server.requests) == 5

        @pytest.mark.asyncio
        async def test_with_pytest_asyncio(safelight_server) -> None:
            await use(safelight_server)

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_with_anyio(safelight_server) -> None:
            await use(safelight_server)
        """
    )
    run.runpytest_subprocess().assert_outcomes(passed=2)


def test_the_openai_package_works_in_a_test(run: pytest.Pytester) -> None:
    """Someone else's client is told the base URL and given the transport, or only the address."""
    run.makepyfile(
        """
        import httpx2
        import openai
        import pytest

        def test_in_process(safelight_server) -> None:
            client = openai.OpenAI(
                api_key=safelight_server.api_key,
                base_url=safelight_server.base_url,
                http_client=httpx2.Client(transport=safelight_server.transport),
            )
            client.images.generate(prompt="a fox", model="gpt-image-1")
            with pytest.raises(openai.BadRequestError, match="You must provide n=1"):
                client.images.generate(prompt="a fox", model="dall-e-3", n=2)
            assert [one.status for one in safelight_server.requests] == [200, 400]

        def test_on_a_port(safelight_url: str) -> None:
            with openai.OpenAI(api_key="x", base_url=safelight_url) as client:
                assert client.images.generate(prompt="a fox", model="gpt-image-1").data
        """
    )
    run.runpytest_subprocess().assert_outcomes(passed=2)


def test_respx_answers_users_of_httpx(run: pytest.Pytester) -> None:
    """Code that calls the real address, blocking or not, streaming or not, is answered by the test's server.

    Timeouts come under httpx's own names, other hosts can be mocked beside, and what nobody mocks goes nowhere.
    """
    run.makepyfile(
        """
        import asyncio

        import httpx
        import pytest
        import respx
        import safelight_mockserver

        URL = "https://api.ttapi.io/v1/images/generations"
        KEY = {"TT-API-KEY": "x"}
        BODY = {"model": "gpt-image-1", "prompt": "a fox"}
        LINKED = {"model": "dall-e-2", "prompt": "a fox"}
        STREAM = BODY | {"stream": True, "partial_images": 3}

        def test_blocking(safelight_respx: respx.MockRouter, safelight_server) -> None:
            with httpx.Client() as http:
                reply = http.post(URL, json=LINKED, headers=KEY)
                picture = http.get(reply.json()["data"][0]["url"])
                assert (reply.status_code, picture.headers["content-type"]) == (200, "image/png")
                safelight_server.clock.advance(7200)
                assert http.get(picture.url).status_code == 403
            safelight_server.assert_called(model="dall-e-2", times=1)
            assert safelight_respx.calls.call_count == 3

        def test_stream(safelight_respx, safelight_server) -> None:
            with httpx.Client() as http, http.stream("POST", URL, json=STREAM, headers=KEY) as reply:
                assert len(list(reply.iter_raw())) >= 4, "events come one by one"

        def test_async(safelight_respx, safelight_server) -> None:
            async def call() -> None:
                async with httpx.AsyncClient() as http:
                    replies = await asyncio.gather(*(http.post(URL, json=BODY, headers=KEY) for _ in range(3)))
                    assert [reply.status_code for reply in replies] == [200, 200, 200]
                    async with http.stream("POST", URL, json=STREAM, headers=KEY) as reply:
                        assert len([chunk async for chunk in reply.aiter_raw()]) >= 4
                    blocking = await asyncio.to_thread(httpx.post, URL, json=BODY, headers=KEY)
                    assert blocking.status_code == 200
            asyncio.run(call())
            safelight_server.assert_called(times=5)

        def test_timeout(safelight_respx, monkeypatch) -> None:
            async def never(fake, text) -> None:
                await asyncio.Event().wait()

            async def call() -> None:
                async with httpx.AsyncClient(timeout=0.05) as http:
                    with pytest.raises(httpx.ReadTimeout):
                        await http.post(URL, json=BODY, headers=KEY)
                    async with http.stream("POST", URL, json=STREAM, headers=KEY) as reply:
                        with pytest.raises(httpx.ReadTimeout):
                            await reply.aread()

            monkeypatch.setattr(safelight_mockserver.Fake, "blocks", never)
            asyncio.run(call())
            with httpx.Client(timeout=0.05) as http:
                with pytest.raises(httpx.ReadTimeout):
                    http.post(URL, json=BODY, headers=KEY)
                with http.stream("POST", URL, json=STREAM, headers=KEY) as reply, pytest.raises(httpx.ReadTimeout):
                    reply.read()

        def test_others(safelight_respx) -> None:
            safelight_respx.get("https://example.com/").respond(204)
            assert httpx.get("https://example.com/").status_code == 204
            with pytest.raises(respx.models.AllMockedAssertionError):
                httpx.get("https://example.org/")

        def test_unused(safelight_respx) -> None:
            "A test that calls nothing is fine."
        """
    )
    run.runpytest_subprocess().assert_outcomes(passed=6)


def test_users_of_httpx_need_no_respx(run: pytest.Pytester) -> None:
    """Their clients take a transport of the server, and generated clients that send with httpx get it by themselves."""
    files = render(load(shipped()["ttapi-images"]), Options(source="ttapi-images.yaml", http="httpx"))
    for path, text in files.items():
        rest = Path(path).parts[2:]
        if len(rest) == 2:
            target = run.path / "mine" / rest[1]
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, "utf-8")
    run.makepyfile(
        """
        import asyncio
        import httpx
        import mine
        import pytest

        def test_transport(safelight_server) -> None:
            with httpx.Client(transport=safelight_server.httpx_transport) as http:
                assert http.post(safelight_server.base_url + "/images/generations", json={}).status_code == 401

        @pytest.mark.safelight(client="mine")
        def test_client(safelight_client, safelight_server) -> None:
            safelight_client.images.generate(prompt="a fox", model="gpt-image-1")
            safelight_server.assert_called(times=1)

        def test_async_client(safelight_server) -> None:
            async def call() -> None:
                async with safelight_server.async_client(mine.AsyncClient) as client:
                    await client.images.generate(prompt="a fox", model="gpt-image-1")
            asyncio.run(call())
            safelight_server.assert_called(times=1)
        """
    )
    run.runpytest_subprocess().assert_outcomes(passed=3)


def test_respx_that_sees_the_wrong_library_is_no_silent_trap(run: pytest.Pytester) -> None:
    """A call by httpx2 that respx does not see fails with the remedy, instead of leaving the machine."""
    run.makepyfile(
        """
        import asyncio
        import httpx2

        URL = "https://api.ttapi.io/v1/images/generations"

        def test_blocking(safelight_respx) -> None:
            try:
                httpx2.post(URL, json={})
            except Exception:
                pass

        def test_async(safelight_respx) -> None:
            async def call() -> None:
                async with httpx2.AsyncClient() as http:
                    await http.post(URL, json={})
            asyncio.run(call())

        def test_other_hosts_are_left_alone(safelight_respx, safelight_url) -> None:
            assert httpx2.post(f"{safelight_url}/images/generations").status_code == 401

            async def call() -> int:
                async with httpx2.AsyncClient() as http:
                    return (await http.post(f"{safelight_url}/images/generations")).status_code
            assert asyncio.run(call()) == 401
        """
    )
    result = run.runpytest_subprocess()

    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["POST https://api.ttapi.io/* goes out by httpx2, and respx sees httpx: *put safelight_respx = 'httpx2' *"] * 2
    )


def test_respx_answers_users_of_httpx2(run: pytest.Pytester) -> None:
    """One option puts httpx2 in httpx's place, before a conftest can import anything."""
    run.makeconftest("import httpx, httpx2; assert httpx is httpx2")
    run.makepyfile(
        """
        import asyncio
        import httpx2
        import openai
        from ttapi_images import AsyncClient, Client

        def test_own_client(safelight_respx, safelight_server) -> None:
            with Client("x") as client:
                client.images.generate(prompt="a fox", model="gpt-image-1")
                with client.images.generate(prompt="a fox", stream=True, partial_images=1) as events:
                    assert len(list(events)) == 2
            safelight_server.assert_called(times=2)

        def test_async_client(safelight_respx, safelight_server) -> None:
            async def call() -> None:
                async with AsyncClient("x") as client:
                    await client.images.generate(prompt="a fox", model="gpt-image-1")
            asyncio.run(call())
            safelight_server.assert_called(times=1)

        def test_openai(safelight_respx, safelight_server) -> None:
            with openai.OpenAI(api_key="x", base_url="https://api.ttapi.io/v1") as client:
                client.images.generate(prompt="a fox", model="gpt-image-1")
            safelight_server.assert_called(times=1)
        """
    )
    result = run.runpytest_subprocess("-p", "no:respx", "-o", "safelight_respx=httpx2")
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("library", "message"),
    [
        pytest.param("httpx2", "comes too late: *-p no:respx*", id="too late"),
        pytest.param("requests", "must be httpx or httpx2, got 'requests'", id="unknown"),
    ],
)
def test_a_library_that_cannot_be_had_is_told_at_once(library: str, message: str, run: pytest.Pytester) -> None:
    """No test runs where respx would see the wrong library."""
    result = run.runpytest_subprocess("-o", f"safelight_respx={library}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*safelight_respx*{message}*"])


def test_without_respx_the_fixture_says_what_to_install(run: pytest.Pytester) -> None:
    """The other fixtures do not need it."""
    run.makeconftest("import sys; sys.modules['respx'] = None")
    run.makepyfile("def test_app(safelight_respx): ...\ndef test_other(safelight_server): ...")
    result = run.runpytest_subprocess("-p", "no:respx")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["safelight_respx needs respx: pip install 'safelight[[]test]'"])


def test_a_run_that_does_not_use_the_plugin_loads_nothing_of_it(pytester: pytest.Pytester) -> None:
    """Two modules are all that any other run of pytest pays for, whatever is installed beside."""
    pytester.makepyfile("def test_other(): ...")
    pytester.makeconftest(
        """
        import sys

        def pytest_unconfigure(config):
            names = sorted(name for name in sys.modules if name.partition(".")[0] not in sys.stdlib_module_names)
            print("loaded:", *(name for name in names if not name.startswith(("_pytest", "pytest"))))
        """
    )
    loaded = {}
    for flag in ("no:safelight", "safelight"):
        result = pytester.runpytest_subprocess("-p", flag, "-s", "-p", "no:respx")
        result.assert_outcomes(passed=1)
        line = next(line for line in result.outlines if line.startswith("loaded:"))
        loaded[flag] = set(line.split()[1:])

    assert loaded["safelight"] - loaded["no:safelight"] == {"safelight_testkit", "safelight_testkit.pytest_plugin"}
