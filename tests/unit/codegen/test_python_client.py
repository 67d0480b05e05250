"""A generated client as a whole: what it needs, what it says, and specs of more than one operation."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from safelight.judging.interpret import violations
from safelight.loading import load, loads
from safelight.vocabulary.checks import Violation
from safelight_codegen import Mode, generate
from safelight_codegen.python.surface.records import RESERVED
from tests.generated import client_files, validators
from tests.strategies import SPEC_FILES

SPEC = SPEC_FILES[0]


def two_operations() -> str:
    """The shipped spec with its operation once more: another name, another resource, another word in a list."""
    text = SPEC.read_text("utf-8")
    start, end = text.index("  generate:\n"), len(text)
    twin = text[start:end].replace("  generate:\n", "  redraw:\n").replace("resource: images", "resource: drawings")
    twin = twin.replace("values: [vivid, natural]", "values: [vivid, natural, rough]")
    twin = twin.replace("doc: The finished image.", "doc: The redrawn image.")
    return text + twin.replace("path: /images/generations", "path: /images/redraws")


def run(program: str, path: Path) -> str:
    """What a fresh interpreter prints that finds modules in *path*."""
    command = [sys.executable, "-c", program]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.run(command, cwd=path, check=True, capture_output=True, text=True, env=environment).stdout


def test_validators_need_no_http_library() -> None:
    """A server can check requests where neither the kit nor an HTTP library is installed."""
    program = (
        "import sys\n"
        "for name in ('httpx', 'httpx2', 'safelight', 'yaml', 'jinja2'):\n"
        "    sys.modules[name] = None\n"
        "from ttapi_images.validators import generate\n"
        "print([one.rule for one in generate({'model': 'dall-e-3', 'prompt': 'a fox', 'n': 2})])"
    )

    assert run(program, SPEC.parents[1] / "generated/python/ttapi_images") == "['generate.n.maximum@dall-e-3']\n"


def test_the_compiled_validators_hold_no_interpreter() -> None:
    """They are plain functions: nothing in them evaluates, looks up attributes by name, or imports the kit."""
    tree = ast.parse(client_files(load(SPEC))["validators.py"])
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    homes = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert names.isdisjoint({"eval", "exec", "getattr", "globals", "importlib"})
    assert homes - {"_checks", "_free_sizes", "_judging"} == {
        "__future__", "collections.abc", "datetime", "functools", "typing",
    }  # fmt: skip


def test_each_parameter_and_each_rule_has_a_function() -> None:
    """A reader finds the code of a parameter or a rule by its name."""
    spec = load(SPEC)
    tree = ast.parse(client_files(spec)["validators.py"])
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    operation = spec.operations["generate"]

    assert {f"_generate_{name}" for name in operation.parameters} <= functions
    assert {f"_{rule.id.replace('.', '_').replace('-', '_')}" for rule in operation.rules} <= functions


def test_the_docstring_says_what_the_validator_checks() -> None:
    """Every constraint and every rule is told in English beside its parameter."""
    spec = load(SPEC)
    operation = spec.operations["generate"]
    doc = " ".join(client_files(spec)["images.py"].split())
    told = {one.requirement for table in operation.tables.values() for parameter in table.parameters.values()
            for one in parameter.constraints if one.check.kind not in {"type", "nullable", "required"}}  # fmt: skip

    assert [requirement for requirement in told if requirement not in doc] == []
    assert [rule.id for rule in operation.rules if f"{rule.requirement} ({rule.id.partition('.')[2]})" not in doc] == []
    assert "(observed)" in doc


def test_a_spec_of_two_operations_gives_two_resources(tmp_path: Path) -> None:
    """Operations have validators, resources and types of their own, and share types that are the same."""
    source = tmp_path / "two.yaml"
    source.write_text(two_operations(), "utf-8")
    generate(source, tmp_path / "out", Mode.WRITE, targets=("python",))
    project = tmp_path / "out/python/ttapi_images"
    program = (
        "import ttapi_images as client\n"
        "from ttapi_images import validators\n"
        "one = client.Client(api_key='x')\n"
        "print(type(one.images).__name__, type(one.drawings).__name__)\n"
        "body = {'model': 'dall-e-3', 'prompt': 'a fox', 'style': 'rough'}\n"
        "print(len(validators.generate(body)), len(validators.redraw(body)))\n"
        "print(client.Style.__args__, client.RedrawStyle.__args__, client.Background.__args__)\n"
        "print(client.RedrawImageGenerationCompleted.__doc__.split('.')[0])\n"
    )

    assert run(program, project).splitlines() == [
        "Images Drawings",
        "1 0",
        "('vivid', 'natural') ('vivid', 'natural', 'rough') ('transparent', 'opaque', 'auto')",
        "The redrawn image",
    ]


def test_both_operations_are_compiled_as_they_are_interpreted() -> None:
    """Nothing of one operation leaks into the other."""
    spec = loads(two_operations())
    module = validators(spec)
    bodies = [
        {},
        {"prompt": "a fox", "style": "rough"},
        {"model": "dall-e-3", "prompt": "a fox", "style": "rough", "n": 3},
    ]
    for name, operation in spec.operations.items():
        for body in bodies:
            found: tuple[Violation, ...] = getattr(module, name)(body)
            assert [repr(one) for one in found] == [repr(one) for one in violations(spec, operation, body)]


def test_names_of_an_api_do_not_hide_those_of_the_client(tmp_path: Path) -> None:
    """A field of an answer that is called like an attribute of images is kept under another name."""
    text = SPEC.read_text("utf-8").replace("            revised_prompt:\n", "            format:\n", 1)
    source = tmp_path / "named.yaml"
    source.write_text(text, "utf-8")
    generate(source, tmp_path / "out", Mode.WRITE, targets=("python",))
    program = (
        "from ttapi_images import GenerateImage\n"
        "image = GenerateImage.from_json({'b64_json': 'iVBORw0KGgo=', 'format': 'told'})\n"
        "print(image.format, image.format_, image.to_json()['format'])"
    )

    assert run(program, tmp_path / "out/python/ttapi_images") == "png told told\n"


def test_reserved_names_are_those_of_the_runtime() -> None:
    """A name is reserved if and only if the runtime's records use it."""
    image = importlib.import_module("ttapi_images").Image
    result = importlib.import_module("ttapi_images._records").Result
    used = {name for kind in (image, result) for name in dir(kind) if not name.startswith("_")}

    assert used == set(RESERVED)


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_a_client_of_any_spec_can_be_imported(path: Path, tmp_path: Path) -> None:
    """All of its modules load, and everything that it exports is there."""
    generate(path, tmp_path, Mode.WRITE, targets=("python",))
    package = load(path).name.replace("-", "_")
    program = (
        f"import pkgutil, importlib, {package} as client\n"
        "[importlib.import_module(f'{client.__name__}.{one.name}') for one in pkgutil.iter_modules(client.__path__)]\n"
        "print([name for name in client.__all__ if not hasattr(client, name) or name not in dir(client)])\n"
        "print(client.Client(api_key='x'))"
    )
    printed = run(program, tmp_path / "python" / package).splitlines()

    assert printed[0] == "[]"
    assert printed[1].startswith("Client(base_url=")


def test_what_a_client_does_not_export_is_an_error() -> None:
    """The front door that fetches names late still refuses those that do not exist."""
    client = importlib.import_module("ttapi_images")

    with pytest.raises(AttributeError, match="module 'ttapi_images' has no attribute 'Klient'"):
        _ = client.Klient
