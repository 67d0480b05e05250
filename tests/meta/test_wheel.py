"""The wheels hold exactly what an installed copy needs: no file forgotten, none that belongs to the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

# Folder of the checkout -> folder of the wheel.
KIT = {
    "spec/safelight": "safelight",
    "codegen/safelight_codegen": "safelight_codegen",
    "codegen/templates": "safelight_codegen/templates",
    "codegen/runtime": "safelight_codegen/runtime",
    "mockserver/safelight_mockserver": "safelight_mockserver",
    "mockserver/safelight_testkit": "safelight_testkit",
}
CLIENT = {"generated/python/ttapi_images/ttapi_images": "ttapi_images"}
SPECS = ("spec/*.yaml", "spec/language.schema.json")
PACKAGE = Path("generated/python/ttapi_images/ttapi_images")


def expected_names(tracked: Iterable[Path], folders: dict[str, str], specs: tuple[str, ...] = ()) -> set[str]:
    """Say which files a wheel must hold, given the files of the checkout."""
    names: set[str] = set()
    for path in tracked:
        names |= {
            f"{target}/{path.relative_to(source).as_posix()}"
            for source, target in folders.items()
            if path.is_relative_to(source)
        }
        if any(path.match(pattern) and len(path.parts) == 2 for pattern in specs):
            names.add(f"safelight/specs/{path.name}")
    return names


def content_problems(names: Iterable[str], expected: set[str]) -> list[str]:
    """Compare the files of a wheel, without its metadata folder, to the *expected* ones."""
    found = {name for name in names if not PurePosixPath(name).parts[0].endswith(".dist-info")}
    return [
        *(f"missing: {name}" for name in sorted(expected - found)),
        *(f"not expected: {name}" for name in sorted(found - expected)),
    ]


def build(project: Path, target: Path) -> Path:
    """Build the wheel of *project* into *target* with the tools that are installed here."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(target), str(project)],
        check=True,
        capture_output=True,
    )
    (wheel,) = target.glob("*.whl")
    return wheel


def text_of(folder: Path) -> dict[str, str]:
    """Read the files that lie directly in *folder*."""
    return {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.is_file()}


def generate_from(site: Path, work: Path) -> subprocess.CompletedProcess[str]:
    """Generate the client of the shipped spec in the empty folder *work*, with the packages that lie in *site*."""
    shutil.copytree(site / "safelight" / "specs", work / "spec")
    command = ("-c", "from safelight.cli import main; main()", "generate", "spec/ttapi-images.yaml")
    return subprocess.run(
        [sys.executable, *command],
        cwd=work,
        env=os.environ | {"PYTHONPATH": str(site)},  # comes before what is installed here
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def kit_wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the kit."""
    return build(root, tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="module")
def client_wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the generated client."""
    return build(root / "generated/python/ttapi_images", tmp_path_factory.mktemp("client"))


@pytest.fixture
def site(kit_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel of the kit: what a user's site-packages would hold."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(kit_wheel) as wheel:
        wheel.extractall(folder)
    return folder


def test_the_kit_wheel_holds_its_packages_templates_runtime_and_specs(
    kit_wheel: Path, tracked: tuple[Path, ...]
) -> None:
    """`pip install safelight` brings everything that the commands read, and nothing of the checkout."""
    names = zipfile.ZipFile(kit_wheel).namelist()

    assert content_problems(names, expected_names(tracked, KIT, SPECS)) == []
    assert {PurePosixPath(name).parts[0] for name in names if ".dist-info" not in name} == {
        "safelight",
        "safelight_codegen",
        "safelight_mockserver",
        "safelight_testkit",
    }


def test_the_client_wheel_holds_its_package_alone(client_wheel: Path, tracked: tuple[Path, ...]) -> None:
    """A generated client installs one package, typed, with nothing beside it."""
    names = zipfile.ZipFile(client_wheel).namelist()

    assert content_problems(names, expected_names(tracked, CLIENT)) == []
    assert "ttapi_images/py.typed" in names


@pytest.mark.parametrize("package", ["safelight", "safelight_codegen", "safelight_mockserver", "safelight_testkit"])
def test_a_package_of_the_kit_is_marked_as_typed(package: str, kit_wheel: Path) -> None:
    """Type checkers of users read the types that are there."""
    assert f"{package}/py.typed" in zipfile.ZipFile(kit_wheel).namelist()


def test_the_wheel_passes_check_wheel_contents(root: Path, kit_wheel: Path) -> None:
    """The usual mistakes of packaging (stray folders, duplicates, bytecode) are absent."""
    result = subprocess.run(
        [sys.executable, "-m", "check_wheel_contents", str(kit_wheel)],
        cwd=root,  # its configuration is in pyproject.toml
        check=False,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0, result.stdout + result.stderr


def test_an_installed_wheel_generates_the_committed_client(site: Path, root: Path, tmp_path: Path) -> None:
    """Whoever installs the wheel has the templates, the runtime and the spec at hand: no checkout is needed."""
    result = generate_from(site, tmp_path)

    assert result.returncode == 0, result.stdout + result.stderr
    assert text_of(tmp_path / PACKAGE) == text_of(root / PACKAGE)


@pytest.mark.parametrize("folder", ["templates", "runtime"])
def test_a_wheel_without_its_data_is_noticed(folder: str, site: Path, tmp_path: Path) -> None:
    """The check above reads what is in the wheel, not what lies in the checkout."""
    shutil.rmtree(site / "safelight_codegen" / folder)

    assert generate_from(site, tmp_path).returncode != 0


def test_a_file_lost_or_added_in_a_wheel_is_noticed() -> None:
    """The checks above fail on a missing template as on a stray test, and let metadata be."""
    tracked = (Path("codegen/templates/python/client.py.jinja"), Path("spec/a.yaml"), Path("spec/safelight/x.yaml"))
    expected = expected_names(tracked, KIT, SPECS)
    names = ["safelight/specs/a.yaml", "safelight/x.yaml", "tests/test_a.py", "safelight-0.1.0.dist-info/RECORD"]

    assert content_problems(names, expected) == [
        "missing: safelight_codegen/templates/python/client.py.jinja",
        "not expected: tests/test_a.py",
    ]
