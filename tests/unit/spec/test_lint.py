"""What contradicts itself, can never be used or has no words does not load; each is told exactly where it stands."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from safelight import SpecError, loads
from safelight.diagnostic import CODES, Report
from safelight.linting.lint import lint
from tests.unit.spec.fragments import MODELS, problems_with

TINY = Path(__file__).with_name("tiny.yaml").read_text("utf-8")

N = "minimum: 1, maximum: 8, default: 1"
FORMATS = "values: [png, jpeg]"
SIZES = "multiple_of: 8, min_edge: 16, max_edge: 512"
BECOMES = "becomes: { auto: low }"
RULE = "when: { soft: true }\n        require: { format: png }"
PRICED_TWICE = """\
      prices:
        - { models: [pen], per_image: { "*": { "*": 0.1 } } }
        - { models: [biro], per_image: { "*": { "*": 0.2 } } }
      usage:"""
ACCEPTS = "        accepts: [{ model: bristle, prompt: a fox, soft: true }]\n"
REJECTS = "        rejects: [{ model: bristle, prompt: a fox, soft: true, format: jpeg }]\n"


def broken(*edits: tuple[str, str]) -> str:
    """The small spec with each first text replaced by the second."""
    text = TINY
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def told(text: str) -> list[str]:
    """What is told of *text*: each problem with its place and code, and its help below it."""
    try:
        loads(text)
    except SpecError as error:
        return [
            line
            for one in error.problems
            for line in (
                f"{one.place.line}:{one.place.column} {one.code} {one.message}",
                *([f"help: {one.help}"] if one.help else []),
            )
        ]
    return []


CASES: dict[str, tuple[tuple[str, str], list[str]]] = {
    "E401 inverted for all and for one": (
        (N, "minimum: 9, maximum: 8, default: 9"),
        [
            "30:64 E401 n has no legal value: minimum 9 is above maximum 8",
            "30:76 E402 the default 9 is outside the domain of n: n must be at most 1 for quill, got 9",
            "30:76 E402 the default 9 is outside the domain of n: n must be at most 8, got 9",
            "30:110 E401 n has no legal value for quill: minimum 9 is above maximum 1",
        ],
    ),
    "E401 inverted for one model": (
        ("maximum: 1 }", "minimum: 2, maximum: 1 }"),
        [
            "30:76 E402 the default 1 is outside the domain of n: n must be at least 2 for quill, got 1",
            "30:122 E401 n has no legal value for quill: minimum 2 is above maximum 1",
        ],
    ),
    "E401 never in force": (
        (N, "minimum: { is: 1, since: 2026-07-01, until: 2026-07-01 }, maximum: 8, default: 1"),
        ["30:52 E401 minimum ends before it begins"],
    ),
    "E401 step over the range": (
        (N, "minimum: 4, maximum: 7, multiple_of: 8"),
        [
            "30:80 E401 n has no legal value: no multiple of 8 lies from 4 to 7",
            "30:114 E401 n has no legal value for quill: minimum 4 is above maximum 1",
        ],
    ),
    "E401 no legal size": (
        ("max_edge: 512", "max_edge: 20, min_pixels: 1000"),
        [
            (
                '37:18 E402 the default "64x64" is outside the domain of size: '
                'size must have edges of at most 20 pixels for Brushes, got "64x64"'
            ),
            "39:45 E401 size has no legal value for brush: no size keeps to all its limits",
            "67:7 E602 the spec can find the fault 'min_pixels', and errors.texts has no words for it",
            "help: add min_pixels: with a status and a message, or default: for all that have none",
        ],
    ),
    "E401 no multiple among the edges": (
        (SIZES, "multiple_of: 64, min_edge: 65, max_edge: 127"),
        [
            (
                '37:18 E402 the default "64x64" is outside the domain of size: '
                'size must have edges of at least 65 pixels for Brushes, got "64x64"'
            ),
            "39:45 E401 size has no legal value for brush: no size keeps to all its limits",
        ],
    ),
    "E402 default outside for one model": (
        ("default: 1, per", "default: 5, per"),
        ["30:76 E402 the default 5 is outside the domain of n: n must be at most 1 for quill, got 5"],
    ),
    "E402 conditional default": (
        ("default: png", "default: png, default_when: [{ when: { soft: true }, use: webp }]"),
        [
            (
                '31:104 E402 the default "webp" is outside the domain of format: '
                'format must be "png" or "jpeg", got "webp"'
            ),
        ],
    ),
    "E402 default model": (
        ("default: biro", "default: byro"),
        ['28:55 E402 the default "byro" is no model', "help: did you mean 'biro'?"],
    ),
    "E404 twice": ((FORMATS, "values: [png, jpeg, png]"), ['31:74 E404 "png" is listed twice']),
    "E404 refused by another constraint": (
        (FORMATS, "values: [png, jpeg, gif], max_length: 3"),
        [
            '31:68 E404 "jpeg" can never be used: format must have at most 3 code points, got 4',
        ],
    ),
    "E404 of another type": (
        (FORMATS, "values: [png, jpeg, 5]"),
        ["31:74 E404 5 can never be used: format must be a string, got 5"],
    ),
    "E404 over before it begins": (
        (FORMATS, "values: [png, jpeg, { is: gif, since: 2026-07-01, until: 2026-06-01 }]"),
        ['31:74 E404 "gif" can never be used: it ends before it begins'],
    ),
    "E404 becomes what cannot be": (
        (BECOMES, "becomes: { auto: low, high: best }"),
        [
            """32:99 E404 'high' becomes "best", which is outside the domain of quality""",
            '61:13 E603 no tokens for quality "best", which biro can have',
            '63:13 E603 no tokens for quality "best", which bristle can have',
        ],
    ),
    "E404 becomes of an unknown value": (
        (BECOMES, "becomes: { auto: low, outo: low }"),
        [
            "32:99 E404 'outo' becomes something, and can never be sent",
            "help: did you mean 'auto'?",
        ],
    ),
    "E504 a value outside a range": (
        (
            "when: { soft: true }\n        require: { format: png }",
            "when: { soft: true, n: 9 }\n        require: { n: 1 }",
        ),
        ["45:32 E504 n can never be 9"],
    ),
    "E504 a value that is not listed": (
        (RULE, "when: { soft: true }\n        require: { format: pgn }"),
        ['46:28 E504 format can never be "pgn"', 'help: did you mean "png"?'],
    ),
    "E501 beyond a range": (
        (RULE, "when: { soft: true, n: { above: 8 } }\n        require: { format: png }"),
        [
            "44:9 E501 the rule 'soft-needs-png' can never fire",
            "help: widen 'when', or remove the rule",
        ],
    ),
    "E501 parameters of different models": (
        (RULE, "when: { soft: true, ink: { present: true } }\n        require: { format: png }"),
        [
            "44:9 E501 the rule 'soft-needs-png' can never fire",
            "help: widen 'when', or remove the rule",
        ],
    ),
    "E501 no size so wide": (
        (RULE, "when: { size.width: { above: 512 } }\n        require: { format: png }"),
        [
            "44:9 E501 the rule 'soft-needs-png' can never fire",
            "help: widen 'when', or remove the rule",
        ],
    ),
    "E502": (
        (RULE, "when: { soft: true }\n        require: { ink: { present: true } }"),
        [
            "44:9 E502 the rule 'soft-needs-png' can never hold: whatever fires it breaks it",
            "help: if that is meant, take the value out of the parameter's domain",
        ],
    ),
    "E501 over before it begins": (
        ("source: manual\n", "source: manual\n        since: 2026-07-01\n        until: 2026-07-01\n"),
        ["44:9 E501 the rule 'soft-needs-png' ends before it begins"],
    ),
    "E503 no accepts": (
        (ACCEPTS, ""),
        [
            "44:9 E503 the rule 'soft-needs-png' has no case under accepts",
            "help: a rule shows at least one request that it lets pass and one that it refuses",
        ],
    ),
    "E503 none at all": (
        (ACCEPTS + REJECTS, ""),
        [
            "44:9 E503 the rule 'soft-needs-png' has no case under accepts and none under rejects",
            "help: a rule shows at least one request that it lets pass and one that it refuses",
        ],
    ),
    "E505 not judged": (
        (RULE, "when: { soft: true }\n        require: { ink: { at_least: 1 } }"),
        [
            "44:9 E505 the rule 'soft-needs-png' can never be broken: where it fires, nothing is there to be judged",
            "help: narrow 'require', or remove the rule",
        ],
    ),
    "E505": (
        (RULE, "when: { soft: true }\n        require: { n: { at_most: 8 } }"),
        [
            "44:9 E505 the rule 'soft-needs-png' can never be broken: whatever fires it keeps it",
            "help: narrow 'require', or remove the rule",
        ],
    ),
    "E506 of a field": (
        ("when: { soft: true }, doc", "when: { soft: true, model: pen }, doc"),
        [
            "56:15 E506 this condition can never hold",
            "help: widen it, or remove what depends on it",
        ],
    ),
    "E601 placeholder of a text": (
        ("the key {key} is", "the key {kee} is"),
        ["71:18 E601 nothing fills the placeholder {kee}", "help: did you mean 'key'?"],
    ),
    "E601 placeholder of a constraint": (
        (N, "minimum: { is: 1, error: { message: 'at least {limits}' } }, maximum: 8, default: 1"),
        ["30:52 E601 nothing fills the placeholder {limits}", "help: did you mean 'limit'?"],
    ),
    "E601 field of a rule's error": (
        ("source: manual\n", "source: manual\n        error: { mesage: stop }\n"),
        [
            "44:9 E601 the envelope has no place for the field 'mesage'",
            "help: did you mean 'message'?",
        ],
    ),
    "E601 envelope": (
        ('envelope: { message: "{message}" }', 'envelope: { message: "{message}", id: "{request}" }'),
        [
            "67:7 E601 the envelope shows {request}, which no error has",
            'help: give it to the errors that have it: request: "..." in errors.texts',
        ],
    ),
    "E601 envelope, with what a text could tell": (
        ('envelope: { message: "{message}" }', 'envelope: { message: "{message}", request_id: "{request_id}" }'),
        [
            "67:7 E601 the envelope shows {request_id}, which no error has",
            'help: give it to the errors that have it: request_id: "{request_id}" in errors.texts',
        ],
    ),
    "E601 header": (
        ("      picture: {", '      headers:\n        x-one: one\n        x-id: "{request}"\n      picture: {'),
        ["55:15 E601 a header cannot tell {request}", "help: did you mean 'request_id'?"],
    ),
    "E601 header, nothing near": (
        ("      picture: {", '      headers: { x-id: "{kitten}" }\n      picture: {'),
        [
            "53:24 E601 a header cannot tell {kitten}",
            "help: the placeholders of a header are request_id, processing_ms",
        ],
    ),
    "E602": (
        ('        max_length: { status: 400, message: "{requirement}" }\n', ""),
        [
            "67:7 E602 the spec can find the fault 'max_length', and errors.texts has no words for it",
            "help: add max_length: with a status and a message, or default: for all that have none",
        ],
    ),
    "E603 size": (
        ("128x64: 2 }", "128x46: 2 }"),
        [
            "61:13 E603 no tokens for quality 'low' and size \"128x64\", which biro can have",
            "help: did you mean '128x46'?",
        ],
    ),
    "E603 quality": (
        ("grid: { low: 1, high: 2 }", "grid: { lo: 1, high: 2 }"),
        [
            '63:13 E603 no tokens for quality "low", which bristle can have',
            "help: did you mean 'lo'?",
        ],
    ),
    "E604 tokens": (
        (
            "          - models: [brush]\n            grid: { low: 1, high: 2 }\n",
            "      prices: [{ models: [brush], per_million_tokens: { text_in: 1, image_out: 2 } }]\n",
        ),
        ["63:16 E604 nothing counts the tokens of bristle", "help: tell them under usage"],
    ),
    "E604 images": (
        ("      usage:", "      prices: [{ models: [pen], per_image: { '*': { 64x64: 0.1 } } }]\n      usage:"),
        [
            '57:16 E604 no price for quality "high" and size "128x64"',
            "help: '*' stands for any",
            '57:16 E604 no price for quality "low" and size "128x64"',
            "help: '*' stands for any",
        ],
    ),
    "E604 twice": (
        (
            "      usage:",
            PRICED_TWICE,
        ),
        ["59:11 E604 biro has a price already"],
    ),
}


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
def test_a_contradiction_is_told_where_it_stands(edit: tuple[str, str], expected: list[str]) -> None:
    """Every problem of soundness is reported with file, line, column, code, text and help, and nothing else is."""
    assert told(broken(edit)) == expected


def test_every_code_of_soundness_is_among_the_cases_above() -> None:
    """No check can be added without a test of its place and its words."""
    tested = {line.split()[1] for _, expected in CASES.values() for line in expected}
    # E403 is a matter of form: the reader of parameters reports it.
    assert {code for code in CODES if code >= "E4"} - {"E403"} <= tested


def test_the_small_spec_itself_is_sound() -> None:
    """The cases above owe their problems to their edits alone."""
    assert told(TINY) == []


def test_all_problems_are_told_in_one_pass_in_the_order_of_the_file() -> None:
    """Nobody fixes one problem to be told of the next."""
    problems = told(
        broken((N, "minimum: 1, maximum: 8, default: 3"), (FORMATS, "values: [png, jpeg, png]"), (ACCEPTS, ""))
    )
    codes = [line.split()[1] for line in problems if not line.startswith("help: ")]

    assert codes == ["E402", "E404", "E503"]


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(
            (RULE, "when: { size.pixels: { above: 4096 } }\n        require: { format: png }"), id="some sizes"
        ),
        pytest.param((RULE, "when: { size.ratio: { above: '2:1' } }\n        require: { n: 1 }"), id="a ratio"),
        pytest.param((RULE, "when: { prompt.length: { above: 99 } }\n        require: { n: 1 }"), id="the last length"),
        pytest.param((RULE, "when: { n: { multiple_of: 7 } }\n        require: { format: png }"), id="one multiple"),
        pytest.param(
            (RULE, "when: { sum_of: [n, ink], above: 16 }\n        require: { format: png }"), id="the largest sum"
        ),
        pytest.param((RULE, "at_most_one: [ink, n]"), id="at most one"),
        pytest.param((RULE, "exactly_one: [ink, soft]"), id="exactly one"),
        pytest.param(
            (N, "minimum: 1, maximum: 8, default: 8"),
            id="a default that only an observed limit forbids",
        ),
    ],
)
def test_what_is_possible_is_not_reported(edit: tuple[str, str]) -> None:
    """Only what is certain is an error: a rule that some request fires, keeps and breaks loads."""
    quiet = ("quill: { maximum: 1 }", "quill: { maximum: { is: 7, basis: observed } }")
    assert [line for line in told(broken(edit, quiet)) if "E50" in line or "E40" in line] == []


def test_an_observed_limit_does_not_silence_a_documented_rule() -> None:
    """What only observed constraints rule out can still happen to a reader of the documented ones."""
    limit = ("maximum: 8, default", "maximum: { is: 8, basis: observed, source: manual }, default")
    quill = (", per_model: { quill: { maximum: 1 } }", "")
    assert told(broken((RULE, "when: { n: { above: 8 } }\n        require: { format: png }"), limit, quill)) == []


def calls(function: Callable[[], object]) -> int:
    """Count the Python calls that *function* makes."""
    count = 0

    def count_calls(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(count_calls)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def test_the_work_grows_with_the_number_of_models_and_not_faster() -> None:
    """Ten times the models are at most ten times the work, even if each has a limit of its own."""

    def work(models: int) -> int:
        named = "\n".join(f"  pen-{i}: {{ title: Pen {i}, family: pen }}" for i in range(models))
        limits = ", ".join(f"pen-{i}: {{ maximum: {i % 7 + 1} }}" for i in range(models))
        text = broken(
            ("  biro: {", f"{named}\n  biro: {{"), ("quill: { maximum: 1 }", f"quill: {{ maximum: 1 }}, {limits}")
        )
        spec = loads(text)
        return calls(lambda: lint(spec, Report()))

    few, many = work(20), work(200)

    assert many <= 10 * few


@pytest.mark.parametrize(
    ("dates", "why"),
    [("retired: 2026-06-15", "it is retired on 2026-06-15"), ("since: 2026-06-16", "it is new on 2026-06-16")],
)
def test_a_default_model_exists_on_the_day_of_the_spec(dates: str, why: str) -> None:
    """Else every request without a model would be refused for it."""
    models = MODELS.replace("biro: {", f"biro: {{ {dates},")
    told = problems_with("", models=models)
    assert told == [f"E402 the default 'biro' is no model on 2026-06-15, {why}"]
