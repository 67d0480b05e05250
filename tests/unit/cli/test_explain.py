"""``safelight explain``: pages as text, as JSON and, on a terminal, as drawn tables."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safelight import load
from safelight.explaining.explain import names

Run = Callable[..., Any]


def test_without_a_name_the_api_is_shown_at_a_glance(run: Run) -> None:
    """Parameters by model, aligned in columns, then the rules."""
    result = run("explain", "ttapi-images")
    lines = result.out.splitlines()

    assert result.code == 0
    assert lines[0] == "TTAPI Images (ttapi-images), as of 2026-11-22"
    assert "generate: POST /images/generations" in lines
    header = next(line for line in lines if line.startswith("parameter"))
    row = next(line for line in lines if line.startswith("n "))
    assert header.split() == ["parameter", "gpt-image-2", "gpt-image-1.5,", "gpt-image-1", "dall-e-3", "dall-e-2"]
    assert row.index("1 to 10") == header.index("gpt-image-2")
    assert any(line.startswith("generate.stream-needs-one-image ") for line in lines)


def test_a_parameter_is_explained(run: Run) -> None:
    """What it takes by model, then constraints, rules and sources."""
    result = run("explain", "ttapi-images", "n")

    assert result.code == 0
    assert [re.sub(r" {2,}", "  ", line) for line in result.out.splitlines()] == [
        "generate.n: How many images to create.",
        "Takes an integer, optional.",
        "",
        "models  legal values  default",
        "gpt-image-2, gpt-image-1.5, gpt-image-1, dall-e-2  1 to 10  1",
        "dall-e-3  1  1",
        "",
        "Constraints",
        "generate.n.type  n must be an integer  documented, seed",
        "generate.n.minimum  n must be at least 1  documented, seed",
        "generate.n.maximum  n must be at most 10  documented, seed",
        "generate.n.maximum@dall-e-3  n must be at most 1 for dall-e-3  documented, seed",
        "",
        "Rules",
        "generate.stream-needs-one-image  stream true needs n at most 1  observed, llmgateway-3963",
        "",
        "Sources",
        "seed  TTAPI, Images generations, https://docs.ttapi.io/api/en/openai/images-generations",
        "llmgateway-3963  theopenco/llmgateway issue 3963, https://github.com/theopenco/llmgateway/issues/3963",
    ]


def test_a_model_does_not_show_what_it_does_not_take(run: Run) -> None:
    """A parameter of other models is marked as such."""
    result = run("explain", "ttapi-images", "style", "--model", "dall-e-2")

    assert re.search(r"^dall-e-2 +– +–$", result.out, re.MULTILINE)


def test_a_rule_is_explained(run: Run) -> None:
    """Its conditions in words, its reason, and its cases."""
    result = run("explain", "ttapi-images", "transparent-needs-alpha")

    assert result.out.startswith(
        'generate.transparent-needs-alpha: background "transparent" needs output_format "png" or "webp"\n'
        "JPEG has no alpha channel.\n"
    )
    assert re.search(r"^  rejects +\{.*\"output_format\": \"jpeg\"\}$", result.out, re.MULTILINE)


def test_a_retired_model_is_marked_in_every_list_of_models(run: Run) -> None:
    """Days and aliases stand with the models, and what is retired says so where models are listed."""
    spec = str(Path(__file__).parents[2] / "specs" / "dates.yaml")
    overview, parameter = run("explain", spec), run("explain", spec, "model")

    assert re.search(r"^parameter .*\bold \(retired\)", overview.out, re.MULTILINE)
    assert re.search(r"^old +Old +deprecated 2026-01-01, retired 2026-06-01$", overview.out, re.MULTILINE)
    assert re.search(r"^now +Now +or current +since 2026-01-01$", parameter.out, re.MULTILINE)
    assert re.search(r"\bold \(retired\).* a model's name ", parameter.out)


def test_what_becomes_of_unknown_fields_and_models_is_told(run: Run) -> None:
    """The page that the id of the fault leads to says what the API does."""
    out = run("explain", "ttapi-images", "generate.unknown_fields").out

    assert re.search(r"^generate.unknown_fields +other fields are refused +documented, live-probes$", out, re.MULTILINE)
    assert "\nOther names are refused.\n" in out


def test_the_parts_of_a_parameter_are_listed(run: Run) -> None:
    """Each can then be looked up by its path."""
    out = run("explain", str(Path(__file__).parents[2] / "specs" / "nested.yaml"), "palette").out

    assert re.search(r"^palette.name +a string, optional +What it is called.$", out, re.MULTILINE)


def test_machines_read_pages_as_json(run: Run) -> None:
    """One page for each operation that knows the name."""
    result = run("explain", "ttapi-images", "n", "--model", "dall-e-3", "--format", "json")
    (page,) = json.loads(result.out)

    assert (page["operation"], page["name"], page["presence"]) == ("generate", "n", "optional")
    assert page["ways"] == [{"models": ["dall-e-3"], "takes": True, "legal": "1", "default": "1"}]


@pytest.mark.parametrize("name", ["xai-images", "nested", "outcomes"])
def test_whatever_has_a_name_has_a_page_for_machines(run: Run, name: str) -> None:
    """Parameters, their parts and rules: a JSON object each, that names what it is about."""
    path = Path(__file__).parents[2] / "specs" / f"{name}.yaml"
    (operation,) = load(path).operations.values()
    for subject in names(operation):
        (page,) = json.loads(run("explain", str(path), subject, "--format", "json").out)
        assert page.get("name", page.get("statement", {}).get("id", "").partition(".")[2]) == subject


def test_the_page_of_a_rule_holds_its_cases(run: Run) -> None:
    """As they stand in the spec."""
    result = run("explain", "ttapi-images", "partials-need-stream", "--format", "json")
    (page,) = json.loads(result.out)

    assert page["rejects"][0] == {"model": "gpt-image-2", "prompt": "a fox", "partial_images": 1}


def test_a_part_of_a_parameter_is_explained(run: Run) -> None:
    """Items and members go by their paths."""
    spec = Path(__file__).parents[2] / "specs" / "xai-images.yaml"
    result = run("explain", str(spec), "images[].url")

    assert result.code == 0
    assert result.out.startswith("generate.images[].url: Where the image is")


@pytest.mark.parametrize(
    ("name", "head"),
    [
        pytest.param("generate.size.multiple_of@gpt-image-2", "generate.size: Width and height", id="constraint"),
        pytest.param("generate.size", "generate.size: Width and height", id="parameter"),
        pytest.param("generate.partials-need-stream", "generate.partials-need-stream: partial_images", id="rule"),
        pytest.param("generate.unknown_fields", "generate: POST /images/generations", id="unknown fields"),
        pytest.param("generate.body.type", "generate: POST /images/generations", id="body"),
        pytest.param("generate", "generate: POST /images/generations", id="operation"),
    ],
)
def test_an_id_from_a_message_leads_to_its_page(name: str, head: str, run: Run) -> None:
    """What `safelight validate` and the client print can be looked up as it stands."""
    result = run("explain", "ttapi-images", name)

    assert result.code == 0
    assert result.out.startswith(head)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["generate.size.multiple_of"], "did you mean 'generate.size.multiple_of@gpt-image-2'?", id="id"),
        pytest.param(["qualty"], "says nothing about 'qualty'; did you mean 'quality'?", id="parameter"),
        pytest.param(["n", "--model", "dall-e-4"], "no model 'dall-e-4'; did you mean 'dall-e-", id="model"),
        pytest.param(["n", "--operation", "edit"], "no operation 'edit'; it has generate", id="operation"),
    ],
)
def test_what_is_not_there_is_told_with_what_is_near(words: list[str], told: str, run: Run) -> None:
    """Exit code 2, and a suggestion."""
    result = run("explain", "ttapi-images", *words)

    assert (result.code, result.out) == (2, "")
    assert told in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
@pytest.mark.parametrize(
    ("words", "environment", "bold", "coloured"),
    [
        pytest.param(["explain", "ttapi-images", "n"], {}, True, False, id="tables"),
        pytest.param(["lint", "nowhere.yaml"], {}, False, False, id="usage"),
        pytest.param(["lint", "."], {}, True, True, id="findings"),
        pytest.param(["lint", "."], {"NO_COLOR": "1"}, True, False, id="no colour"),
        pytest.param(["explain", "ttapi-images", "n", "--format", "json"], {}, False, False, id="json"),
    ],
)
def test_a_terminal_gets_bold_headings_and_coloured_findings(
    words: list[str], environment: dict[str, str], bold: bool, coloured: bool
) -> None:
    """Only a terminal, only in text, and without colours where the user wants none."""
    styles = re.findall(r"\x1b\[([\d;]*)m", on_a_terminal(words, environment))

    assert any("1" in style.split(";") for style in styles) == bold
    assert any("31" in style.split(";") for style in styles) == coloured


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_a_terminal_shows_brackets_as_they_are() -> None:
    """What looks like markup in a spec is text."""
    spec = Path(__file__).parents[2] / "specs" / "xai-images.yaml"

    assert "generate.images[].url.required" in on_a_terminal(["explain", str(spec), "images[].url"], {})


def on_a_terminal(words: list[str], environment: dict[str, str]) -> str:
    """What a command shows on a terminal of 100 columns."""
    import pty

    ours, theirs = pty.openpty()
    variables = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    with subprocess.Popen(
        [sys.executable, "-m", "safelight.cli", *words],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**variables, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
    ):
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    """Read what there is; nothing once the other side has gone, which Linux calls an error."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""
