"""What a package exports is exactly what it says it exports.

Ruff's RUF022 keeps the lists sorted.
"""

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

PACKAGES = ("safelight", "safelight_codegen", "safelight_mockserver", "safelight_testkit", "ttapi_images")


def export_problems(module: ModuleType) -> Iterator[str]:
    """Yield each way in which ``module.__all__`` and the public names of *module* differ."""
    if not hasattr(module, "__all__"):
        yield f"{module.__name__} has no __all__"
        return
    declared: list[str] = list(module.__all__)
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
    }
    yield from (f"{name} is listed twice" for name in sorted({name for name in declared if declared.count(name) > 1}))
    yield from (f"{name} is listed but missing" for name in declared if not hasattr(module, name))
    yield from (f"{name} is public but not listed" for name in sorted(public.difference(declared)))


def module_with(names: dict[str, object]) -> ModuleType:
    """Make a module out of *names*."""
    module = ModuleType("example")
    vars(module).update(names)
    return module


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_exports_exactly_what_it_lists(name: str) -> None:
    """A name is part of the public interface if and only if `__all__` lists it."""
    assert list(export_problems(importlib.import_module(name))) == []


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        pytest.param({}, "example has no __all__", id="no list"),
        pytest.param({"__all__": ["a"]}, "a is listed but missing", id="missing"),
        pytest.param({"__all__": [], "a": 1}, "a is public but not listed", id="not listed"),
        pytest.param({"__all__": ["a", "a"], "a": 1}, "a is listed twice", id="twice"),
    ],
)
def test_a_wrong_list_of_exports_is_noticed(names: dict[str, object], problem: str) -> None:
    """The check above can fail, in each of its ways."""
    assert list(export_problems(module_with(names))) == [problem]


def test_private_names_and_modules_need_no_listing() -> None:
    """The check above does not ask for names that nobody should use."""
    assert list(export_problems(module_with({"__all__": ["a"], "a": 1, "_b": 2, "sub": ModuleType("sub")}))) == []
