"""The settings of a test: which API is served to it, and how.

They come from three places, and the nearest to the test wins, setting by setting: its markers (that of the test before
that of its class before that of its module), the command line, the configuration file.  Values are spelled alike in all
of them, so that one can be moved without a change; what is wrong is told with the place where it was said.

Which spec is served has no default that could silently be the wrong one: where nothing is said it is the only spec
that comes with Safelight, and as soon as there are several, it must be said.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from safelight import Spec, SpecError, load
from safelight.diagnostic import suggest
from safelight.judging.interpret import DOCUMENTED, bases
from safelight.model import Basis
from safelight.shipped import shipped
from safelight.vocabulary.checks import got
from safelight.vocabulary.index import identified
from safelight_mockserver import Options

if TYPE_CHECKING:
    import pytest

__all__ = ["NAMES", "Layer", "Misuse", "Settings", "Specs", "of_session", "of_test", "resolve"]

NAMES: Final = ("spec", "client", "api_key", "seed", "basis", "as_of", "ignore", "check")
"""Every setting: a keyword of the marker, and with ``safelight_`` before it an option of the configuration file."""

_ON_THE_COMMAND_LINE: Final = ("spec", "client")

Specs: TypeAlias = MutableMapping[Path, Spec]
"""Specs that have been read, by path: reading one takes longer than most tests."""


class Misuse(Exception):
    """Something was asked of the plugin that it cannot do; the text is for the author of the test."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The settings that are made in one place.

    Attributes:
        values: The settings.
        called: How messages call a setting from there, with ``{}`` for its name.
        folder: What relative paths start from.
    """

    values: Mapping[str, Any]
    called: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a test is served.

    Attributes:
        spec: The API.
        options: How the fake of it behaves.
        client: The package of a generated client; None where none is named.
        check: Whether the fake judges its own answers.
    """

    spec: Spec
    options: Options
    client: str | None
    check: bool


def of_session(config: pytest.Config) -> tuple[Layer, ...]:
    """Gather the settings of a whole run, the strongest layer first."""
    line = {name: config.getoption(f"safelight_{name}") for name in _ON_THE_COMMAND_LINE}
    file = {name: config.getini(f"safelight_{name}") for name in NAMES}
    return (
        Layer(_given(line), "--safelight-{}", config.invocation_params.dir),
        Layer(_given(file), "the ini option safelight_{}", _folder(config)),
    )


def of_test(item: pytest.Item) -> tuple[Layer, ...]:
    """Gather the settings of one test, the strongest layer first.

    Raises:
        Misuse: A marker says something that is no setting.
    """
    folder = _folder(item.config)
    return (*(_marked(mark, folder) for mark in item.iter_markers("safelight")), *of_session(item.config))


def resolve(layers: Iterable[Layer], read: Specs) -> Settings:
    """Settle what is served.

    Args:
        layers: Where settings may come from, the strongest first.
        read: The specs that have been read so far; one that is read now is added.

    Raises:
        Misuse: A setting cannot work.
    """
    choices = _Choices(tuple(layers))
    spec = choices.spec(read)
    options = Options(
        api_key=choices.key(),
        seed=choices.number("seed"),
        basis=choices.basis(),
        as_of=choices.day("as_of"),
        ignore=choices.ids("ignore", spec),
    )
    return Settings(spec=spec, options=options, client=choices.text("client"), check=choices.flag("check"))


class _Choices:
    """The strongest value of each setting, checked when it is asked for."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self._layers = layers

    def text(self, name: str) -> str | None:
        value, where, _ = self._strongest(name)
        if value is not None and not (isinstance(value, str) and value):
            raise Misuse(f"{where} must be a text{got(value)}")
        return value

    def number(self, name: str) -> int:
        value, where, _ = self._strongest(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise Misuse(f"{where} must be an integer{got(value)}")
        return value or 0

    def flag(self, name: str) -> bool:
        value, where, _ = self._strongest(name)
        if value is not None and not isinstance(value, bool):
            raise Misuse(f"{where} must be true or false{got(value)}")
        return value is not False

    def day(self, name: str) -> date | None:
        value, where, _ = self._strongest(name)
        if value is None or type(value) is date:
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise Misuse(f"{where} must be a date, or a text as in 2026-11-22{got(value)}") from None

    def key(self) -> str | None:
        value, (_, where, _) = self.text("api_key"), self._strongest("api_key")
        with _blamed(where):
            return Options(api_key=value).api_key

    def basis(self) -> frozenset[Basis]:
        names, where = self._names("basis")
        known = [basis.value for basis in Basis]
        for name in names:
            if name not in known:
                raise Misuse(f"{where}: {name!r} is no basis; {suggest(name, known) or _there_are(known)}")
        with _blamed(where):
            return bases(names or DOCUMENTED)

    def ids(self, name: str, spec: Spec) -> tuple[str, ...]:
        ids, where = self._names(name)
        known = [id_ for operation in spec.operations.values() for id_ in identified(operation)]
        for id_ in ids:
            if id_ not in known:
                raise Misuse(f"{where}: {spec.name} has no constraint {id_!r}; {suggest(id_, known)}".rstrip("; "))
        return ids

    def spec(self, read: Specs) -> Spec:
        value, where, folder = self._strongest("spec")
        match value:
            case Spec():
                return value
            case None:
                path = _only_shipped()
            case str() | Path() if str(value):
                path = _path(value, where, folder)
            case _:
                raise Misuse(f"{where} must be the path of a spec file or the name of a shipped spec{got(value)}")
        if path not in read:
            try:
                read[path] = load(path)
            except SpecError as error:
                raise Misuse(f"{where}: the spec is broken\n{error}") from None
        return read[path]

    def _names(self, name: str) -> tuple[tuple[str, ...], str]:
        """Read several names: a text with commas between them, or a collection."""
        value, where, _ = self._strongest(name)
        if value is None:
            return (), where
        if isinstance(value, str):
            return tuple(one.strip() for one in value.split(",") if one.strip()), where
        names = _texts(value)
        if not names:
            raise Misuse(f"{where} must be names, or a text with commas between them{got(value)}")
        return names, where

    def _strongest(self, name: str) -> tuple[Any, str, Path]:
        layer = next((layer for layer in self._layers if layer.values.get(name) is not None), None)
        return (None, name, Path()) if layer is None else (layer.values[name], layer.called.format(name), layer.folder)


def _given(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out what was left empty: ``-o safelight_api_key=`` takes back what the file says."""
    return {name: value for name, value in values.items() if value not in {None, ""}}


def _folder(config: pytest.Config) -> Path:
    return config.inipath.parent if config.inipath is not None else config.rootpath


def _marked(mark: pytest.Mark, folder: Path) -> Layer:
    if mark.args:
        raise Misuse(
            f"the marker safelight takes its settings by name, as in safelight(spec={mark.args[0]!r}); "
            f"the settings are {', '.join(NAMES)}"
        )
    for name in mark.kwargs:
        if name not in NAMES:
            hint = suggest(name, NAMES) or f"the settings are {', '.join(NAMES)}"
            raise Misuse(f"the marker safelight has no setting {name!r}; {hint}")
    return Layer(mark.kwargs, "the marker safelight({}=...)", folder)


def _path(value: str | Path, where: str, folder: Path) -> Path:
    path = folder / value
    with suppress(OSError):  # A text that is no path, such as one that is too long for any.
        if path.is_file():
            return path
    known = shipped()
    name = str(value)
    if name not in known:
        hint = suggest(name, known) or _there_are(known)
        raise Misuse(f"{where}: there is no file {path} and no shipped spec {name!r}; {hint}")
    return known[name]


def _only_shipped() -> Path:
    known = shipped()
    if len(known) != 1:
        raise Misuse(
            f"which API shall be served? Say it once in the pytest configuration, safelight_spec = "
            f"{min(known, default='my-api.yaml')!r}, or with --safelight-spec or @pytest.mark.safelight(spec=...); "
            f"shipped specs are {', '.join(known) or 'none'}"
        )
    return next(iter(known.values()))


def _texts(value: object) -> tuple[str, ...]:
    """Read a collection of texts; nothing where it is something else."""
    members = tuple(cast("Collection[object]", value)) if isinstance(value, Collection) else ()
    texts = tuple(one for one in members if isinstance(one, str))
    return texts if len(texts) == len(members) else ()


def _there_are(known: Iterable[str]) -> str:
    return f"there are {', '.join(known)}"


@contextmanager
def _blamed(where: str) -> Generator[None]:
    try:
        yield
    except ValueError as error:
        raise Misuse(f"{where}: {error}") from None
