"""The settings of a test: where they come from, which wins, and what is said about one that cannot work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Spec, load
from safelight.shipped import shipped
from safelight_testkit.plugin.settings import NAMES, Layer, Misuse, Settings, Specs, resolve

TTAPI = shipped()["ttapi-images"]
SPECS: Specs = {TTAPI: load(TTAPI)}

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "api_key": st.sampled_from(["one", "two"]),
        "seed": st.integers(0, 9),
        "basis": st.sampled_from(["documented", "documented,observed"]),
        "as_of": st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat),
        "ignore": st.sampled_from(["generate.n.type", "generate.n.type, generate.user.type"]),
        "client": st.sampled_from(["one", "two"]),
        "check": st.booleans(),
    },
)


def layer(values: Mapping[str, Any], folder: Path = Path(), called: str = "the setting {}") -> Layer:
    """A layer of settings."""
    return Layer(values, called, folder)


def settled(folder: Path = Path(), **values: Any) -> Settings:  # noqa: ANN401 - wrong types are tried, too
    """What comes of one layer."""
    return resolve([layer(values, folder)], SPECS)


def shown(settings: Settings) -> Mapping[str, Any]:
    """The settings by their names."""
    options = settings.options
    return {
        "api_key": options.api_key,
        "seed": options.seed,
        "basis": sorted(options.basis),
        "as_of": options.as_of,
        "ignore": options.ignore,
        "client": settings.client,
        "check": settings.check,
    }


def test_without_settings_the_only_shipped_spec_is_served_as_it_is_documented() -> None:
    """The first test needs no configuration: any key will do, and documented rules count."""
    settings = settled()

    assert settings.spec.name == "ttapi-images"
    assert shown(settings) == {
        "api_key": None,
        "seed": 0,
        "basis": ["documented"],
        "as_of": None,
        "ignore": (),
        "client": None,
        "check": True,
    }


@pytest.mark.parametrize(
    ("names", "what"),
    [
        pytest.param(["a-images", "b-images"], "shipped specs are a-images, b-images", id="several"),
        pytest.param([], "shipped specs are none", id="none"),
    ],
)
def test_where_several_specs_are_shipped_one_must_be_named(
    names: list[str], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No API is chosen at random, nor by its place in the alphabet; what to write is said."""
    monkeypatch.setattr("safelight_testkit.plugin.settings.shipped", lambda: {name: Path(name) for name in names})

    with pytest.raises(Misuse, match=what) as error:
        settled()
    assert "safelight_spec = " in str(error.value)


@given(st.lists(SETTINGS, min_size=1, max_size=4))
def test_each_setting_comes_from_the_strongest_layer_that_has_it(layers: list[dict[str, Any]]) -> None:
    """A test can change one setting and keep the others."""
    merged = {name: value for values in reversed(layers) for name, value in values.items()}

    assert shown(resolve(map(layer, layers), SPECS)) == shown(settled(**merged))


@given(st.fixed_dictionaries({name: st.none() | st.text() | st.integers() | st.lists(st.text()) for name in NAMES}))
def test_whatever_is_said_is_settled_or_told_to_be_wrong(values: dict[str, Any]) -> None:
    """No value gives a traceback."""
    try:
        settings = settled(**values)
    except Misuse as error:
        assert "the setting " in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(settings.spec, Spec)


def test_a_spec_is_named_by_path_by_name_or_given(tmp_path: Path) -> None:
    """Paths start from the folder of the layer; a file comes before a shipped spec of the same name."""
    text = TTAPI.read_text("utf-8").replace("name: ttapi-images", "name: mine", 1)
    (tmp_path / "mine.yaml").write_text(text, "utf-8")

    assert settled(tmp_path, spec="mine.yaml").spec.name == "mine"
    assert settled(tmp_path, spec=tmp_path / "mine.yaml").spec.name == "mine"
    assert settled(tmp_path, spec="ttapi-images").spec.name == "ttapi-images"
    assert settled(spec=SPECS[TTAPI]).spec is SPECS[TTAPI]


def test_a_spec_is_read_once() -> None:
    """A thousand tests do not parse the same file a thousand times."""
    specs: Specs = {}

    first, second = resolve([layer({})], specs), resolve([layer({"seed": 1})], specs)

    assert first.spec is second.spec
    assert list(specs) == [TTAPI]


def test_names_are_a_collection_or_a_text_with_commas() -> None:
    """What stands in a configuration file stands on the command line and in a marker."""
    assert settled(basis="documented, observed").options.basis == {"documented", "observed"}
    assert settled(basis=["documented", "observed"]).options.basis == {"documented", "observed"}
    assert settled(ignore=("generate.n.type",)).options.ignore == ("generate.n.type",)
    assert settled(as_of=date(2026, 1, 2)).options.as_of == settled(as_of="2026-01-02").options.as_of


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        pytest.param("api_key", "", 'the setting api_key must be a text, got ""', id="empty key"),
        pytest.param("api_key", "cl\u00e9", "the setting api_key: an API key is one or more printable ASCII", id="key"),
        pytest.param("seed", "7", 'the setting seed must be an integer, got "7"', id="seed"),
        pytest.param("seed", True, "the setting seed must be an integer, got true", id="boolean seed"),
        pytest.param("basis", "observd", "'observd' is no basis; did you mean 'observed'?", id="basis"),
        pytest.param("basis", "observed", "the setting basis: a basis includes 'documented'", id="basis alone"),
        pytest.param("basis", 3, "the setting basis must be names, or a text with commas between them, got 3", id="3"),
        pytest.param("as_of", "soon", 'must be a date, or a text as in 2026-11-22, got "soon"', id="day"),
        pytest.param(
            "as_of", 2026, "the setting as_of must be a date, or a text as in 2026-11-22, got 2026", id="year"
        ),
        pytest.param(
            "ignore",
            "generate.n.maxium",
            "ignore: ttapi-images has no constraint 'generate.n.maxium'; did you mean 'generate.n.maximum'?",
            id="ignore",
        ),
        pytest.param("client", 3, "the setting client must be a text, got 3", id="client"),
        pytest.param(
            "spec", 3, "the setting spec must be the path of a spec file or the name of a shipped spec", id="n"
        ),
        pytest.param("spec", "x" * 5000, "there are ttapi-images", id="no path"),
        pytest.param("spec", "ttapi-imges", "no shipped spec 'ttapi-imges'; did you mean 'ttapi-images'?", id="spec"),
    ],
)
def test_what_cannot_work_is_told_with_the_place_where_it_was_said(name: str, value: object, message: str) -> None:
    """The text says where, what, and what would be right."""
    with pytest.raises(Misuse) as error:
        resolve([layer({name: value})], SPECS)
    assert message in str(error.value)


def test_a_broken_spec_is_told_with_its_problems(tmp_path: Path) -> None:
    """The author of a test sees what `safelight lint` would say."""
    (tmp_path / "broken.yaml").write_text("spec: [", "utf-8")

    with pytest.raises(Misuse, match=r"the setting spec: the spec is broken\n.*broken.yaml:1"):
        settled(tmp_path, spec="broken.yaml")
