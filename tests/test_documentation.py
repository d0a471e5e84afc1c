"""What the documentation names exists, and its commands run."""

from __future__ import annotations

import gc
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "CONTRIBUTING.md")


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.enable()


def blocks(page: str) -> list[str]:
    """Contents of the fenced blocks of a page."""
    return re.findall(r"^```\w*\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[list[str]]:
    """Every `rigwise …` that a page shows, in blocks and in running text, as arguments."""
    text = (ROOT / page).read_text("utf-8")
    shown = [line for block in blocks(page) for line in block.replace("\\\n", " ").splitlines()]
    shown += re.findall(r"(?<!`)`(rigwise [^`]+)`(?!`)", text)
    parts = [part.strip() for line in shown for part in line.split("  #")[0].split(";")]
    return [shlex.split(part)[1:] for part in parts if part.startswith("rigwise ")]


NAMED = [(page, command) for page in PAGES for command in commands(page)]


CONTEXT = click.Context(main)


def named(command: list[str]) -> click.Command | None:
    return main.get_command(CONTEXT, command[0])


def test_the_pages_show_commands() -> None:
    shown = {command[0] for page, command in NAMED if page == "README.md"}
    assert {"recommend", "estimate", "why", "why-not", "verify", "show", "rule", "list", "search"} <= shown


@pytest.mark.parametrize(
    ("page", "command"), NAMED, ids=[f"{page} {' '.join(command)[:50]}" for page, command in NAMED]
)
def test_named_commands_and_flags_exist(page: str, command: list[str]) -> None:
    found = named(command)
    assert found is not None, f"{page}: there is no command '{command[0]}'"
    options = {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert [flag for flag in command if flag.startswith("--") and flag.split("=")[0] not in {*options, "--help"}] == []


def test_flags_in_running_text_exist() -> None:
    every = [named([name]) for name in main.list_commands(CONTEXT)]
    parameters = [parameter for one in every if one for parameter in one.params]
    options = {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)}
    text = (ROOT / "README.md").read_text("utf-8")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    engine = {"--enforce-eager"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose)) - options - engine - {"--help"} == set()


def fortieth(path: Path) -> Path:
    header, *rows = (ROOT / "knowledge/measurements/published.csv").read_text("utf-8").splitlines(keepends=True)
    path.write_text(header + "".join(rows[39::40]), "utf-8")
    return path


@pytest.mark.parametrize(
    "command", [command for page, command in NAMED if page == "README.md"], ids=lambda one: " ".join(one)[:50]
)
def test_the_commands_of_the_readme_run(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rig.yaml").write_text((ROOT / "examples/4x3090_vllm.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "fleet.csv").write_text((ROOT / "examples/fleet.csv").read_text("utf-8"), "utf-8")
    if command[0] == "verify":
        CliRunner().invoke(main, ["recommend", "rig.yaml", "--save", command[1]])
    if any(part in ("ID", "SCENARIO", "DIR", "FILES") for part in command):
        pytest.skip("shows the form of a command, not a command")
    if command[0] in ("backtest", "calibrate"):  # on every fortieth measurement: all of them take minutes
        command = [*command, "--data", str(fortieth(tmp_path / "few.csv"))]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0 or (command[0] == "detect" and "nvidia-smi" in result.output), result.output[:400]
    assert result.output.strip()


def test_the_real_answer_of_the_readme_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "88")
    command, shown = next(block for block in blocks("README.md") if block.startswith("$ ")).split("\n", 1)
    assert CliRunner().invoke(main, shlex.split(command)[2:]).stdout == shown


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_paths_that_are_named_exist(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    paths = re.findall(r"`((?:engine|knowledge|schemas|examples|tests|benchmarks)/[\w./-]*)`", text)
    assert [path for path in paths if "<" not in path and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_no_placeholder_and_no_private_path_is_left(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert not re.search(r"@@\w+@@|TODO|FIXME|/(home|opt|root|tmp|work|Users)/|\bshared/", text)


def test_the_targets_of_the_makefile_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z_-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    text = "".join((ROOT / page).read_text("utf-8") for page in PAGES)
    assert set(re.findall(r"\bmake ([a-z]+)\b(?=`|\s{2,}|\s+#)", text)) <= targets


def test_the_changelog_has_its_headings() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^#+ Knowledge", text, re.MULTILINE)
    assert re.search(r"^#+ Engine", text, re.MULTILINE)


def test_the_exit_codes_of_the_readme_are_those_of_the_errors() -> None:
    from engine.errors import BadInput, InternalFault

    text = (ROOT / "README.md").read_text("utf-8")
    assert re.search(r"0 done, 1 .*, 2 .*, 3 ", text)
    assert (BadInput.exit_code, InternalFault.exit_code) == (2, 3)


def test_the_example_matches_the_schema_of_scenarios() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    from engine.reading import plain, read_yaml

    schema = json.loads((ROOT / "schemas/scenario.schema.json").read_text("utf-8"))
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        jsonschema.validate(plain(read_yaml(path)), schema)
