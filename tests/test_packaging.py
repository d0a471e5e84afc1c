"""The wheel holds exactly what the clone holds, under one name."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("engine", "knowledge", "schemas")


def shipped() -> set[str]:
    """What the clone has for the wheel, as names inside the package."""
    names = {"cli.py"}
    for part in PARTS:
        for path in (ROOT / part).rglob("*"):
            if (
                path.suffix in (".py", ".yaml", ".json", ".csv", ".html", ".css", ".js")
                and "__pycache__" not in path.parts
            ):
                names.add(str(path.relative_to(ROOT)))
    return names


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the clone, so that no old build folder leaks into it."""
    home = tmp_path_factory.mktemp("source")
    for part in (*PARTS, "cli.py", "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, home / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, home / part)
    target = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(target),
        str(home),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return next(target.glob("rigwise-*.whl"))


def test_the_wheel_holds_what_the_clone_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {
            name.removeprefix("rigwise/")
            for name in archive.namelist()
            if not name.split("/")[0].endswith(".dist-info")
        }
        assert all(name.startswith("rigwise/") or ".dist-info/" in name for name in archive.namelist())
    assert inside == shipped()


def test_every_subpackage_is_listed() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"])
    there = {
        f"rigwise.{'.'.join(path.parent.relative_to(ROOT).parts)}" for path in (ROOT / "engine").rglob("__init__.py")
    }
    assert listed == there | {"rigwise"}


def test_the_root_has_one_module() -> None:
    assert [path.name for path in ROOT.glob("*.py")] == ["cli.py"], "every .py at the root goes into the wheel"


def test_the_licence_is_apache() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")[:200]
