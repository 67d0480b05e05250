"""Names that do not exist, names that are taken, and parts that do not go together are told where they stand."""

from pathlib import Path

import pytest

from safelight import SpecError, loads

TINY = Path(__file__).with_name("tiny.yaml").read_text("utf-8")
RULE = "when: { soft: true }\n        require: { format: png }"
STREAM = """\
      stream:
        when: { soft: true }
        events:
          - { name: done, doc: The picture., final: true, fields: { b64_json: { from: base64, doc: The bytes. } } }
        error: error
      usage:"""


def told(old: str, new: str) -> list[str]:
    """What is told of the small spec with one text replaced: each problem, and its help below it."""
    assert TINY.count(old) == 1, old
    with pytest.raises(SpecError) as raised:
        loads(TINY.replace(old, new))
    return [
        line
        for one in raised.value.problems
        for line in (
            f"{one.place.line}:{one.place.column} {one.code} {one.message}",
            *([f"help: {one.help}"] if one.help else []),
        )
    ]


CASES: dict[str, tuple[str, str, list[str]]] = {
    "a name of the API": (
        "name: tiny",
        "name: Tiny API",
        ["2:1 E302 'Tiny API' is no name for an API: lower case words with hyphens make one"],
    ),
    "another version of the language": (
        "safelight: 1",
        "safelight: 2",
        ["2:1 E204 this reader knows version 1 of the language, not 2"],
    ),
    "an unknown family": (
        "quill: { title: Quill, family: pen }",
        "quill: { title: Quill, family: pens }",
        ["14:10 E301 there is no family 'pens'", "help: did you mean 'pen'?"],
    ),
    "a model named as a family": (
        "  bristle: {",
        "  brush: { title: Brush }\n  bristle: {",
        ["15:10 E302 'brush' is a family already; a model needs another name"],
    ),
    "a model that ends before it begins": (
        "quill: { title: Quill,",
        "quill: { since: 2026-01-01, retired: 2025-01-01, title: Quill,",
        ["14:10 E401 'quill' is retired before it begins"],
    ),
    "a family without models": (
        "brush: { title: Brushes }",
        "brush: { title: Brushes }, chalk: { title: Chalk }",
        ["11:69 E404 no model belongs to the family 'chalk'"],
    ),
    "an alias that is taken": (
        "quill: { title: Quill,",
        "quill: { aliases: [biro], title: Quill,",
        ["14:10 E302 the alias 'biro' is a name of 'biro' already"],
    ),
    "a way to send the key": (
        "auth: [bearer]",
        "auth: [bearer, basic]",
        ["9:16 E204 a way to send the key is bearer or {header: NAME}"],
    ),
    "a policy for unknown models": (
        "unknown_model: refuse",
        "unknown_model: guess",
        ["16:16 E204 unknown_model is refuse, warn, or {as: FAMILY}"],
    ),
    "an unknown family for unknown models": (
        "unknown_model: refuse",
        "unknown_model: { as: bruch }",
        ["16:22 E301 there is no family 'bruch'", "help: did you mean 'brush'?"],
    ),
    "a name of a call": (
        "resource: images",
        "resource: Images",
        ["20:5 E302 'Images' is no name for a call: lower case, digits and underscores make one"],
    ),
    "a parameter named as a word of conditions": (
        "      soft: { type: boolean",
        "      any: { type: string, doc: Anything. }\n      soft: { type: boolean",
        ["41:12 E302 'any' is a word of the condition language; no parameter can have it"],
    ),
    "a second parameter for the model": (
        "      prompt: { type: string",
        "      engine: { type: model, doc: Again. }\n      prompt: { type: string",
        ["29:15 E205 the parameter 'model' chooses the model already"],
    ),
    "an id of a rule": (
        "id: soft-needs-png",
        "id: Soft_needs_png",
        ["44:9 E302 'Soft_needs_png' is no rule id: lower case words with hyphens make one"],
    ),
    "an id of a rule that is taken": (
        "    response:\n",
        TINY[TINY.index("      - id: soft-needs-png") : TINY.index("    response:")] + "    response:\n",
        ["52:9 E302 the rule id 'soft-needs-png' is taken"],
    ),
    "an unknown parameter at fault": (
        "why: Other",
        "parameter: sofd\n        why: Other",
        ["44:9 E301 there is no parameter 'sofd'", "help: did you mean 'soft'?"],
    ),
    "an unknown source of a rule": (
        "source: manual\n",
        "source: manuel\n",
        ["44:9 E301 there is no source 'manuel'", "help: did you mean 'manual'?"],
    ),
    "an outcome that a rule cannot have": (
        "why: Other",
        "outcome: clamp\n        why: Other",
        ["44:9 E204 a rule cannot clamp: nothing says to which value"],
    ),
    "replace without a value": (
        "why: Other",
        "outcome: replace\n        why: Other",
        ["44:9 E205 the outcome replace and the key replace_with go together"],
    ),
    "two forms of a rule": (
        RULE,
        f"{RULE}\n        at_most_one: [soft, ink]",
        ["44:9 E205 a rule has one of require, at_most_one and exactly_one"],
    ),
    "an unknown parameter in a choice": (
        RULE,
        "at_most_one: [soft, inc]",
        ["44:9 E301 there is no parameter 'inc'", "help: did you mean 'ink'?"],
    ),
    "a choice of one": (
        RULE,
        "at_most_one: [soft]",
        ["44:9 E204 a choice is between two parameters or more"],
    ),
    "a case that is no body": (
        "rejects: [{",
        "rejects: [a fox, {",
        ["50:19 E203 a case is a request body, a mapping"],
    ),
    "an echo of an unknown parameter": (
        "soft: { from: literal, is: true,",
        "soft: { from: echo, of: sofd,",
        ["56:15 E301 there is no parameter 'sofd'", "help: did you mean 'soft'?"],
    ),
    "unknown details of usage": (
        "soft: { from: literal, is: true,",
        "soft: { from: usage, of: all_detail,",
        ["56:15 E204 usage tells all_details or input_details", "help: did you mean 'all_details'?"],
    ),
    "an unknown source of a field": (
        "soft: { from: literal, is: true,",
        "soft: { from: literal, is: true, source: book,",
        ["56:15 E301 there is no source 'book'"],
    ),
    "fields where there are none": (
        "soft: { from: literal, is: true,",
        "soft: { from: literal, is: true, fields: { x: { from: clock, doc: When. } },",
        ["56:15 E205 fields go with from: images and from: object, and these need them"],
    ),
    "a stream without an end": (
        "      usage:",
        STREAM.replace(" final: true,", ""),
        ["58:9 E205 a stream ends with its one final event; mark the last with final: true"],
    ),
    "tokens by a table and by a grid": (
        "grid: { low: 1, high: 2 }",
        "grid: { low: 1, high: 2 }\n            table: { low: { auto: 1 }, high: { auto: 1 } }",
        ["63:13 E205 tokens are told by a table or by a grid"],
    ),
    "a default size that is none": (
        "default_size: 64x64",
        "default_size: small",
        ["53:16 E204 default_size 'small' is not WIDTHxHEIGHT"],
    ),
    "a default format that is none": (
        "default_format: png",
        "default_format: jpg",
        ["53:16 E204 default_format is one of png, jpeg, webp", "help: did you mean 'jpeg'?"],
    ),
    "a header that is none": (
        "      usage:",
        '      headers: { "x y": "1" }\n      usage:',
        ["53:7 E204 'x y': '1' is no HTTP header"],
    ),
    "a header that tells what nobody knows": (
        "      usage:",
        '      headers: { x-id: "{request}" }\n      usage:',
        ["53:7 E601 a header cannot tell {request}", "help: did you mean 'request_id'?"],
    ),
    "an unknown fault in the precedence": (
        'precedence: ["*"]',
        'precedence: [promt, "*"]',
        ["67:7 E301 there is no parameter or kind of fault 'promt'", "help: did you mean 'prompt'?"],
    ),
    "a status that is no error's": (
        "no_key: { status: 401",
        "no_key: { status: 200",
        ["70:27 E204 an error has a status from 400 to 599"],
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES)
def test_what_does_not_resolve_is_told_where_it_stands(old: str, new: str, expected: list[str]) -> None:
    """Every problem is reported with line, column, code, text and help, and nothing else is."""
    assert told(old, new) == expected
