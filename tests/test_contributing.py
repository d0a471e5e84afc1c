"""The worked examples of CONTRIBUTING, run in their order in an empty directory; and the files for CI elsewhere."""

from __future__ import annotations

import gc
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from engine.checking.kinds import BY_KIND
from engine.reading import plain, read_yaml

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.enable()


def worked_examples() -> list[list[str]]:
    section = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Adding knowledge")[2].partition("\n## ")[0]
    block = section.split("```")[1].replace("\\\n", " ")
    commands = re.split(r"^(?=rigwise )", re.sub(r"^#.*$", "", block, flags=re.MULTILINE), flags=re.MULTILINE)
    return [shlex.split(command)[1:] for command in commands if command.startswith("rigwise ")]


def test_the_worked_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in worked_examples():
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, (command, result.output)
    assert result.output.rstrip().split("\n")[-1].endswith("0 errors, 0 warnings") or "nothing found" in result.output


def test_every_kind_has_a_worked_example() -> None:
    shown = {command[1] for command in worked_examples() if command[0] == "add"}
    kinds = {name.removesuffix("s") for name in BY_KIND} - {
        "vocabulary",
        "calibration",
        "conclusion",
        "attribute",
        "chip",
        "pci_id",
    }
    assert shown == kinds


def test_the_page_of_codes_is_what_explain_says() -> None:
    from engine.checking import all_pages

    assert (ROOT / "docs" / "codes.md").read_text("utf-8") == all_pages(), (
        "write it anew from engine.checking.all_pages()"
    )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_give_no_token_to_strangers(path: Path) -> None:
    text = path.read_text("utf-8")
    flow = plain(read_yaml(text.replace("\non:", '\n"on":').encode(), path.name))
    assert "pull_request_target" not in text
    rights = flow["permissions"]
    if "checkout" in text:
        assert rights == {"contents": "read"} and text.count("actions/checkout@") == text.count(
            "persist-credentials: false"
        )
    else:
        assert set(rights) == {"actions", "pull-requests"} and "pip install" not in text
    for job in flow["jobs"].values():
        assert "timeout-minutes" in job
    untrusted = re.findall(r"run: .*\$\{\{\s*(github\.event|github\.head_ref|inputs)", text)
    assert not untrusted, "what a stranger names goes through env"


def test_the_forms_ask_for_the_source() -> None:
    for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*_wrong.yml")):
        form = plain(read_yaml(path))
        required = {part["id"] for part in form["body"] if part.get("validations", {}).get("required")}
        assert "source" in required, path


def test_the_hook_and_the_action_name_what_is_there() -> None:
    (hook,) = plain(read_yaml(ROOT / ".pre-commit-hooks.yaml"))
    folders = hook["files"]
    for path in (ROOT / "knowledge").rglob("*.*"):
        name = path.relative_to(ROOT).as_posix()
        assert re.search(folders, name) or path.suffix not in (".yaml", ".csv"), name
    assert not re.search(folders, "README.md")
    action = plain(read_yaml(ROOT / "action.yml"))
    assert action["runs"]["using"] == "composite"
    commands = re.findall(r"rigwise (\w+)", " ".join(step.get("run", "") for step in action["runs"]["steps"]))
    assert set(commands) <= set(main.list_commands(None))  # type: ignore[arg-type]
