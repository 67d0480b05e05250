"""Packages made of specs of another shape than the first one's: of two calls, of long names, of a model to choose."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from safelight.loading import load
from safelight_codegen import Mode, generate
from safelight_mockserver import fake, running
from tests.strategies import ROOT, SPEC_FILES

CALLS = ROOT / "tests" / "specs" / "several" / "calls.yaml"
STRANGE = ROOT / "tests" / "specs" / "several" / "strange.yaml"


def written(spec: Path, folder: Path) -> Path:
    """Write the package of a spec and tell where."""
    generate(spec, folder, Mode.WRITE, targets=("python",))
    return folder / "python" / load(spec).name.replace("-", "_")


def formatted(folder: Path) -> str:
    """What the formatter would change in a folder; nothing, where its files are as it would write them."""
    command = [sys.executable, "-m", "ruff", "format", "--diff", "--config", str(ROOT / "pyproject.toml"), str(folder)]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


@pytest.mark.parametrize("spec", [*SPEC_FILES, CALLS, STRANGE], ids=lambda path: path.stem)
def test_every_package_is_laid_out_as_the_formatter_would(spec: Path, tmp_path: Path) -> None:
    """Whatever the API is: how many calls it has does not show in the lines between them."""
    assert formatted(written(spec, tmp_path)) == ""


@pytest.mark.parametrize("length", range(8, 28))
def test_lines_of_any_length_are_laid_out_as_the_formatter_would(length: int, tmp_path: Path) -> None:
    """The name of a family grows letter by letter, past the end of each line that it is part of."""
    text = (ROOT / "spec" / "ttapi-images.yaml").read_text("utf-8")
    spec = tmp_path / "api.yaml"
    spec.write_text(text.replace("title: GPT Image models }", f"title: {'G' * length} }}"), "utf-8")

    assert formatted(written(spec, tmp_path)) == ""


def test_fields_of_answers_whose_names_are_none_in_python_are_read(tmp_path: Path) -> None:
    """``x-y`` is the attribute ``x_y``; where that is a field too, the one that comes later gets another name."""
    text = CALLS.read_text("utf-8").replace(
        "      fields:\n        images:",
        "      fields:\n"
        "        x-y: { from: literal, is: first, doc: A word. }\n"
        "        x_y: { from: literal, is: second, doc: A word. }\n"
        "        2x: { from: literal, is: third, doc: A word. }\n"
        "        images:",
    )
    (tmp_path / "api.yaml").write_text(text, "utf-8")
    program = (
        "from calls.types import DrawResult\n"
        "read = DrawResult.from_json({'x-y': 'first', 'x_y': 'second', '2x': 'third', 'images': []})\n"
        "print(read.x_y, read.x_y_, read._2x, read.to_json())"
    )
    folder = written(tmp_path / "api.yaml", tmp_path)
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True, text=True)

    assert done.stdout == "first second third {'x-y': 'first', 'x_y': 'second', '2x': 'third', 'images': []}\n"


def run(folder: Path, program: str) -> str:
    """What a program prints that has the package at hand."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("raw", ["", ".with_raw_response"])
def test_images_in_an_object_of_the_answer_are_read(raw: str, tmp_path: Path) -> None:
    """A good answer, which was paid for, is an answer, wherever in it the images are."""
    folder = written(STRANGE, tmp_path)
    with running(fake(load(STRANGE))) as url:
        program = (
            "from strange import Client\n"
            f"with Client('any', base_url={url!r}) as client:\n"
            f"    read = client.pictures{raw}.draw(prompt='a fox')\n"
            f"    print(({'read.parse()' if raw else 'read'}).data.images[0].format)"
        )
        assert run(folder, program) == "png\n"


def test_an_answer_without_the_object_of_its_images_is_told_by_the_way_to_them(tmp_path: Path) -> None:
    """The error names ``data.images``, not a field at the top, and the operation gives no images of such an answer."""
    program = (
        "from strange._wire import document\n"
        "from strange.errors import Answer, UnexpectedReply\n"
        "from strange.pictures import DRAW_ as DRAW\n"
        "from strange.types import DrawResult\n"
        "for body in (b'{}', b'{\"data\": 1}', b'{\"data\": {\"images\": {}}}'):\n"
        "    try:\n"
        "        document(Answer(status=200, headers={}, content=body), DRAW)\n"
        "    except UnexpectedReply as error:\n"
        "        print(\"no list 'data.images'\" in str(error))\n"
        "print(DRAW.images_in(DrawResult.from_json({'data': None})))"
    )
    assert run(written(STRANGE, tmp_path), program) == "True\nTrue\nTrue\n()\n"


def test_a_parameter_may_have_a_name_that_the_code_of_calls_uses_itself(tmp_path: Path) -> None:
    """All of them are sent, and judged; the names of the code give way."""
    words = ("given", "cast", "result", "response", "others", "DRAW", "OMIT", "str")
    arguments = ", ".join(f"{word}='any'" for word in words)
    folder = written(STRANGE, tmp_path)
    with running(fake(load(STRANGE))) as url:
        program = (
            "from strange import Client, RuleError\n"
            f"with Client('any', base_url={url!r}) as client:\n"
            f"    print(client.pictures.draw(prompt='a fox', {arguments}).id)\n"
            f"    print(client.pictures.with_raw_response.draw(prompt='a fox', {arguments}).status)\n"
            "    try:\n"
            f"        client.pictures.draw(prompt='a fox', {arguments.replace('any', 'much too long')})\n"
            "    except RuleError as error:\n"
            "        print(*(one.parameter for one in error.violations))"
        )
        assert run(folder, program) == f"a1\n200\n{' '.join(words)}\n"


def test_a_parameter_may_be_named_as_a_record_an_error_or_a_class_is(tmp_path: Path) -> None:
    """``image``, ``fault`` and ``pictures`` have types of their own, and records, errors and classes stay theirs."""
    program = (
        "import strange\n"
        "from typing import get_args\n"
        "from strange.pictures import Pictures\n"
        "print(*(get_args(one) for one in (strange.DrawImageValue, strange.DrawFault, strange.DrawPictures)))\n"
        "print(issubclass(strange.DrawImage, strange.Image), issubclass(strange.Fault, tuple), Pictures.draw.__name__)"
    )
    told = "('sketch', 'study') ('blot', 'tear') ('none', 'some')\nTrue True draw\n"
    assert run(written(STRANGE, tmp_path), program) == told


@pytest.mark.parametrize("policy", ["refuse", "warn"])
def test_the_type_of_models_says_whether_others_are_taken(policy: str, tmp_path: Path) -> None:
    """It does not promise other names where the API refuses a model that the spec does not name."""
    spec = tmp_path / "api.yaml"
    spec.write_text(STRANGE.read_text("utf-8").replace("unknown_model: refuse", f"unknown_model: {policy}"), "utf-8")
    types = (written(spec, tmp_path) / "strange" / "types.py").read_text("utf-8")

    assert ("takes other names too" in types) is (policy == "warn")


def doc_of_model(text: str, folder: Path) -> str:
    """What the docstring of Strange's only method says of its model."""
    (folder / "api.yaml").write_text(text, "utf-8")
    method = (written(folder / "api.yaml", folder) / "strange" / "pictures.py").read_text("utf-8")
    return " ".join(method.partition("            model: ")[2].partition("            prompt: ")[0].split())


def test_a_model_that_may_have_any_name_is_not_said_to_have_to_exist(tmp_path: Path) -> None:
    """Where other names are taken as a family's, only the days of models are left to keep to, if they have any."""
    text = STRANGE.read_text("utf-8")
    family = text.replace("families: {}", "families: { any: { title: Any } }").replace(
        "oil: { title: Oil }", "oil: { title: Oil, family: any }"
    )
    open_to_all = family.replace("unknown_model: refuse", "unknown_model: { as: any }")
    dated = open_to_all.replace("title: Chalk }", "title: Chalk, retired: 2026-06-01 }")

    assert "model must be a model that exists" in doc_of_model(family, tmp_path)
    assert doc_of_model(open_to_all, tmp_path) == 'What to draw with. Default: "oil".'
    assert "model must not be a model that is retired or still to come" in doc_of_model(dated, tmp_path)


def test_the_types_of_parameters_are_exported_whatever_they_are(tmp_path: Path) -> None:
    """Who writes a function around a call finds the type of an object where that of a word is, and of the answer."""
    program = (
        "import nested, typing\n"
        "from nested import types\n"
        "print(set(types.__all__) <= set(nested.__all__), any(typing.is_typeddict(getattr(nested, name)) "
        "for name in nested.__all__))"
    )

    assert run(written(ROOT / "tests" / "specs" / "nested.yaml", tmp_path), program) == "True True\n"
