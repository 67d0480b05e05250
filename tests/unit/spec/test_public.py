"""The names of the package are those of its modules, fetched late but otherwise the same."""

from importlib import import_module

import pytest

import safelight


@pytest.mark.parametrize("name", [name for name in safelight.__all__ if name != "__version__"])
def test_a_public_name_is_what_its_module_has(name: str) -> None:
    """Whoever imports from the package and whoever imports from the module get the same object."""
    value = getattr(safelight, name)

    assert getattr(import_module(value.__module__), name) is value
    assert name in dir(safelight)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """A typo is told as for any module."""
    with pytest.raises(AttributeError, match="module 'safelight' has no attribute 'lod'"):
        getattr(safelight, "lod".strip())


def test_loading_works_whichever_modules_were_imported_before() -> None:
    """No submodule takes the place of a function of the same name."""
    for module in ("loading", "linting.lint", "judging.interpret", "model", "explaining.explain"):
        import_module(f"safelight.{module}")

    assert callable(safelight.load)
    assert callable(safelight.violations)
