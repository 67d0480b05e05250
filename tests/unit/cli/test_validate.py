"""``safelight validate``: each violation where it stands, why it is one, and what would be legal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

GOOD = b'{"model": "gpt-image-2", "prompt": "a fox", "size": "1616x912"}'
BAD = """\
{
  "model": "dall-e-3", "prompt": "a fox",
  "n": 2,
\t"background": "opaque", "siez": "1024x1024"
}
"""


def test_a_legal_request_is_fine(run: Run) -> None:
    """One line, exit code 0."""
    result = run("validate", "ttapi-images", "generate", "-", stdin=GOOD)

    assert (result.code, result.out) == (0, "<stdin>: the API takes the request\n")


def test_violations_look_like_a_compiler_s(run: Run, tmp_path: Path) -> None:
    """Where in the file, what, what would be legal, and how it is known: all of them, in the order of the spec."""
    path = tmp_path / "body.json"
    path.write_text(BAD, "utf-8")
    result = run("validate", "ttapi-images", "generate", str(path))
    source = "documented: TTAPI, Images generations, https://docs.ttapi.io/api/en/openai/images-generations"

    assert result.code == 1
    assert result.out.splitlines() == [
        f"{path}:4:2: error[generate.background.applies_to]: background is only for GPT Image models, not for dall-e-3",
        '    4 | \t"background": "opaque", "siez": "1024x1024"',
        "      | \t^",
        f"      = note: {source}",
        f"{path}:3:8: error[generate.n.maximum@dall-e-3]: n must be at most 1 for dall-e-3, got 2",
        '    3 |   "n": 2,',
        "      |        ^",
        "      = help: the nearest legal value is 1",
        f"      = note: {source}",
        f"{path}:4:26: error[generate.unknown_fields]: siez is not a parameter",
        '    4 | \t"background": "opaque", "siez": "1024x1024"',
        "      | \t                        ^",
        "      = help: did you mean size?",
        "      = note: documented: Probes of the direct API, April to August 2026",
        f"{path}: 3 violations; the API refuses the request",
    ]


def test_a_broken_rule_tells_its_reason(run: Run) -> None:
    """The value of the parameter at fault is pointed at, and the rule's own words say why."""
    body = b'{"prompt": "a", "background": "transparent", "output_format": "jpeg"}'
    result = run("validate", "ttapi-images", "generate", "-", stdin=body)

    assert result.out.splitlines()[0].startswith("<stdin>:1:31: error[generate.transparent-needs-alpha]: background")
    assert "      = note: JPEG has no alpha channel." in result.out.splitlines()


def test_what_is_missing_is_told_at_what_should_hold_it(run: Run) -> None:
    """A field that was not sent has no place of its own."""
    result = run("validate", "ttapi-images", "generate", "-", stdin=b'\n {"n": 1}')

    assert result.out.startswith("<stdin>:2:2: error[generate.prompt.required]: prompt must be sent\n")


def test_a_body_that_is_no_object_is_told_as_a_whole(run: Run) -> None:
    """Any JSON can be judged."""
    result = run("validate", "ttapi-images", "generate", "-", stdin=b"[1]")

    assert result.code == 1
    assert "<stdin>:1:1: error[generate.body.type]: the body must be an object" in result.out


def test_observed_rules_join_when_they_are_asked_for(run: Run) -> None:
    """`--basis documented,observed` is stricter, and the note says how a rule is known."""
    body = b'{"model": "gpt-image-2", "prompt": "a", "stream": true, "n": 2}'
    lenient = run("validate", "ttapi-images", "generate", "-", stdin=body)
    strict = run("validate", "ttapi-images", "generate", "-", "--basis", "documented,observed", stdin=body)

    assert (lenient.code, strict.code) == (0, 1)
    assert "= note: observed: theopenco/llmgateway issue 3963" in strict.out


def test_a_constraint_can_be_ignored_by_its_id(run: Run) -> None:
    """`--ignore` leaves one constraint out and judges the rest."""
    words = ("validate", "ttapi-images", "generate", "-")
    body = b'{"model": "dall-e-3", "prompt": "a", "n": 2, "user": 5}'
    result = run(*words, "--ignore", "generate.n.maximum@dall-e-3", stdin=body)

    assert result.code == 1
    assert "generate.user.type" in result.out
    assert "generate.n.maximum" not in result.out


def test_a_day_can_be_chosen(run: Run, tmp_path: Path, tiny: Path) -> None:
    """`--as-of` judges by what holds on that day."""
    path = tmp_path / "dated.yaml"
    text = tiny.read_text("utf-8").replace(
        "values: [png, jpeg]", "values: [png, jpeg, { is: webp, since: 2026-07-01 }]"
    )
    path.write_text(text, "utf-8")
    words = ("validate", str(path), "draw", "-")
    body = b'{"prompt": "a", "format": "webp"}'

    assert run(*words, stdin=body).code == 1
    assert run(*words, "--as-of", "2026-07-01", stdin=body).code == 0


def test_what_the_api_does_not_refuse_is_a_warning(run: Run, tmp_path: Path, tiny: Path) -> None:
    """A gentle outcome is told and does not fail the request."""
    path = tmp_path / "gentle.yaml"
    path.write_text(tiny.read_text("utf-8").replace("unknown_fields: refuse", "unknown_fields: drop"), "utf-8")
    result = run("validate", str(path), "draw", "-", stdin=b'{"prompt": "a", "colour": 1}')

    assert result.code == 0
    assert result.out.splitlines()[0] == "<stdin>:1:17: warning[draw.unknown_fields]: colour is not a parameter"
    assert "      = note: the API does not refuse the request; its answer to this is: drop" in result.out.splitlines()
    assert result.out.splitlines()[-1] == "<stdin>: 1 violation; the API takes the request"


def test_machines_read_violations_as_json(run: Run) -> None:
    """Everything that people are told comes as a field."""
    body = b'{"model": "gpt-image-2", "prompt": "a", "size": "1820x1024"}'
    result = run("validate", "ttapi-images", "generate", "-", "--format", "json", stdin=body)

    assert result.code == 1
    assert json.loads(result.out) == {
        "file": "<stdin>",
        "refused": True,
        "violations": [
            {
                "rule": "generate.size.multiple_of@gpt-image-2",
                "parameter": "size",
                "line": 1,
                "column": 49,
                "value": "1820x1024",
                "message": 'size must have a width and a height divisible by 16 for gpt-image-2, got "1820x1024"',
                "allowed": [],
                "nearest": "1824x1024",
                "outcome": "refuse",
                "basis": "documented",
                "why": None,
                "source": {
                    "id": "seed",
                    "title": "TTAPI, Images generations",
                    "url": "https://docs.ttapi.io/api/en/openai/images-generations",
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(b'{\n "n": }', '<stdin>:2:7: error[json]: Expecting value\n    2 |  "n": }', id="not JSON"),
        pytest.param(b"", "<stdin>:1:1: error[json]: there is nothing to read", id="nothing"),
        pytest.param(b'{"n": NaN}', "<stdin>:1:7: error[json]: NaN is not JSON", id="NaN"),
        pytest.param(b"[" * 100_000, "<stdin>: error[json]: nested too deeply", id="too deep"),
        pytest.param(
            b'{"n": ' + b"9" * 5000 + b"}",
            "<stdin>:1:7: error[json]: no number is that long",
            id="a number of 5000 digits",
        ),
        pytest.param(
            b'{"prompt": "\xff"}', "<stdin>:1:13: error[json]: byte 0xff is not UTF-8; JSON is", id="not UTF-8"
        ),
        pytest.param(
            b'{"n": 1,\n "n": 2}', '<stdin>:2:2: error[json]: the key "n" stands on line 1 already', id="a key twice"
        ),
        pytest.param(b'{"n": -1e999}', "<stdin>:1:7: error[json]: -1e999 is larger than", id="too large a number"),
        pytest.param(b'{"a": ["NaN", {"b": -Infinity}]}', "<stdin>:1:21: error[json]: -Infinity is not", id="infinity"),
    ],
)
def test_what_is_not_json_is_not_judged(body: bytes, told: str, run: Run) -> None:
    """A body that cannot be read is told with its place, with exit code 2."""
    result = run("validate", "ttapi-images", "generate", "-", stdin=body)

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(told)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["generate", "nowhere.json"], "nowhere.json: No such file or directory", id="no such file"),
        pytest.param(["generte", "-"], "has no operation 'generte'; did you mean 'generate'?", id="no such operation"),
        pytest.param(["generate", "-", "--basis", "observed"], "a basis includes 'documented'", id="basis alone"),
        pytest.param(["generate", "-", "--basis", "documented,observd"], "did you mean 'observed'?", id="basis"),
        pytest.param(["generate", "-", "--as-of", "today"], "'today' is no date, as in 2026-11-22", id="date"),
        pytest.param(
            ["generate", "-", "--ignore", "generate.n.max"], "no constraint 'generate.n.max'; did you mean", id="id"
        ),
    ],
)
def test_a_request_to_validate_that_makes_no_sense_is_told(words: list[str], told: str, run: Run) -> None:
    """Wrong words are told with what would be right, with exit code 2."""
    result = run("validate", "ttapi-images", *words)

    assert (result.code, result.out) == (2, "")
    assert told in result.err
