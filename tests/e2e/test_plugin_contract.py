"""``pytest --safelight-contract URL``: the contract suite beside tests of one's own, or alone."""

from __future__ import annotations

import re

import pytest

from safelight import load
from safelight.shipped import shipped
from safelight_mockserver import Options, fake, running

pytest_plugins = ["pytester"]

CONFIG = """\
[tool.pytest]
strict = true
filterwarnings = ["error"]
addopts = ["-p", "no:cacheprovider", "-p", "no:locust", "-p", "no:schemathesis"]  # slow to load, and no part of it
asyncio_mode = "strict"
asyncio_default_fixture_loop_scope = "function"
"""
QUICK = ("-p", "no:respx", "-p", "no:cov")
"""For runs within this process, which must not load what tests here load in an order of their own."""
SPEC = load(shipped()["ttapi-images"])


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a configuration file, strict in every way, and a test of its own."""
    pytester.makepyprojecttoml(CONFIG)
    pytester.makepyfile(test_own="def test_own(): ...")
    return pytester


def test_each_constraint_is_a_test_under_its_id(run: pytest.Pytester) -> None:
    """One that the server does not enforce is one failed test, with the request; the marker chooses the suite alone."""
    with running(fake(SPEC, Options(ignore=("generate.n.maximum@dall-e-3",)))) as url:
        result = run.runpytest_subprocess(f"--safelight-contract={url}", "-v", "-m", "safelight_contract")

    outcomes = result.parseoutcomes()
    assert outcomes.keys() == {"passed", "failed", "deselected"}
    assert (outcomes["failed"], outcomes["deselected"]) == (1, 1)
    result.stdout.fnmatch_lines(
        [
            "safelight-contract::enforces[[]generate.n.maximum[]] PASSED *",
            "safelight-contract::enforces[[]generate.n.maximum@dall-e-3[]] FAILED *",
            "safelight-contract::answers[[]generate[]] PASSED *",
            "generate.n.maximum@dall-e-3: n must be at most 1 for dall-e-3",
            "  accepts what the spec refuses: *",
            f"    POST {url}/images/generations",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_suite_runs_in_parallel_beside_other_tests(run: pytest.Pytester) -> None:
    """Processes of pytest-xdist share the tests; asynchronous tests in the same run keep their event loop."""
    run.makepyfile(
        test_async="""
        import asyncio
        import pytest

        @pytest.mark.asyncio
        @pytest.mark.parametrize("number", range(3))
        async def test_async(number: int) -> None:
            await asyncio.sleep(0)
        """
    )
    with running(fake(SPEC)) as url:
        result = run.runpytest_subprocess(
            f"--safelight-contract={url}", "--numprocesses=2", "-k", "test_own or test_async or type]"
        )

    outcomes = result.parseoutcomes()
    assert outcomes.keys() == {"passed"}
    assert outcomes["passed"] > 10


def test_a_suite_that_cannot_run_fails_once(run: pytest.Pytester) -> None:
    """The key does not fit: one test says so, and the others are not reported as broken rules."""
    with running(fake(SPEC, Options(api_key="another"))) as url:
        result = run.runpytest_inprocess(*QUICK, f"--safelight-contract={url}", "-k", "generate.n")

    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 1
    assert outcomes.keys() == {"failed", "skipped", "deselected"}
    told = f"nothing can be tested: {url} does not let the key in (TTAPI_API_KEY): the answer is 401: *"
    result.stdout.fnmatch_lines([told])


def test_what_the_budget_cannot_pay_for_is_skipped(run: pytest.Pytester) -> None:
    """A rule that was seen from one side only has not passed; what is free is tested all the same."""
    with running(fake(SPEC)) as url:
        arguments = (
            f"--safelight-contract={url}",
            "--safelight-budget=0",
            "-k",
            "no_key or generate.n.maximum]",
            "-rs",
            "-v",
        )
        result = run.runpytest_inprocess(*QUICK, *arguments)

    result.assert_outcomes(passed=1, skipped=1, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines(
        ["*enforces[[]generate.errors.no_key[]] PASSED*", "SKIPPED *: not all was sent: the budget is spent"]
    )


def test_a_bill_must_be_meant(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine may cost money: nothing is sent there before somebody has said how much may be spent."""
    monkeypatch.setenv("TTAPI_API_KEY", "a-key")
    result = run.runpytest_subprocess("--safelight-contract=http://api.invalid/v1", "--numprocesses=1")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*api.invalid may send a bill for * requests, by the spec about *.?? USD: say with --safelight-budget *"]
    )


@pytest.mark.parametrize("options", [["--safelight-refused-only"], ["--safelight-budget=1"]])
def test_a_bound_or_the_free_half_lets_it_begin(
    options: list[str], run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half that is meant to be refused asks for no images."""
    monkeypatch.setenv("TTAPI_API_KEY", "a-key")
    result = run.runpytest_inprocess(
        *QUICK, "--safelight-contract=http://api.invalid/v1", "--collect-only", "-q", *options
    )

    assert result.ret == 0
    answers = "safelight-contract::answers[generate]" in result.outlines
    assert answers == (options == ["--safelight-budget=1"])
    assert "safelight-contract::enforces[generate.n.maximum]" in result.outlines


@pytest.mark.parametrize(
    ("url", "key", "message"),
    [
        pytest.param("localhost:8080", "k", "takes a base URL such as http://127.0.0.1:8080/v1", id="no address"),
        pytest.param("http://[", "k", "takes a base URL such as http://127.0.0.1:8080/v1", id="no URL"),
        pytest.param("http://api.invalid", "", "there is no API key: set the environment variable", id="no key"),
        pytest.param("http://127.0.0.1:9", "cl\u00e9", "TTAPI_API_KEY is not printable ASCII", id="key"),
    ],
)
def test_what_cannot_work_is_told_before_any_test(
    url: str, key: str, message: str, run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, and the exit code of a wrong command."""
    monkeypatch.setenv("TTAPI_API_KEY", key)

    with pytest.raises(pytest.UsageError) as error:
        run.parseconfigure(*QUICK, f"--safelight-contract={url}", "--safelight-budget=1")
    assert message in str(error.value)


def test_a_budget_needs_prices(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the spec tells none, only an unlimited amount can be kept to."""
    monkeypatch.setenv("TTAPI_API_KEY", "a-key")
    text = shipped()["ttapi-images"].read_text("utf-8")
    free = re.sub(r"(?m)^      prices:\n(?:        .*\n)+", "", text)
    (run.path / "free.yaml").write_text(free, "utf-8")
    arguments = *QUICK, "--safelight-contract=http://api.invalid", "--safelight-spec=free.yaml"

    with pytest.raises(pytest.UsageError, match="a budget needs prices, and the spec does not tell all of them"):
        run.parseconfigure(*arguments, "--safelight-budget=1")
    run.parseconfigure(*arguments, "--safelight-budget=inf")
