"""What a change of the knowledge changes: facts, rules, answers; between directories and between revisions."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from engine.checking.schemas import output_validator

ROOT = Path(__file__).resolve().parent.parent
GOOD = ROOT / "tests" / "checking" / "good"


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.enable()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments])


def document(*arguments: str) -> dict[str, list[dict[str, object]]]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert list(output_validator("diff").iter_errors(found)) == []
    return found


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The good knowledge with a value, a claim, an entry and a rule changed."""
    target = tmp_path / "changed"
    shutil.copytree(GOOD, target)
    card = target / "gpus" / "card_a.yaml"
    text = (
        card.read_text("utf-8")
        .replace("tdp_w: 350", "tdp_w: 420")
        .replace("status: disputed, reason: rounded", "status: refuted, reason: wrong")
    )
    card.write_text(text, "utf-8")
    (target / "gpus" / "card_d.yaml").unlink()
    rules = target / "rules" / "basic.yaml"
    moved = "# a line more above all rules\n" + rules.read_text("utf-8")
    rules.write_text(moved.replace("title: ", "title: New ", 1), "utf-8")
    return target


def test_facts_and_rules_between_directories(changed: Path) -> None:
    found = document(str(GOOD), str(changed), "--facts-only")
    rows = {(row["key"], row["path"]): row for row in found["facts"]}
    power = rows["card_a", "tdp_w"]
    assert (power["before"], power["after"], power["same_sources"]) == (350, 420, True)
    assert power["relative"] == pytest.approx(0.2)
    assert rows["card_d", ""]["change"] == "removed"
    assert [row["parts"] for row in found["rules"]] == [["title"]]
    assert len(rows) == 2


def test_a_claim_that_changes_no_value_is_told(tmp_path: Path) -> None:
    target = tmp_path / "changed"
    shutil.copytree(GOOD, target)
    card = target / "gpus" / "card_a.yaml"
    card.write_text(card.read_text("utf-8").replace("value: 900", "value: 910"), "utf-8")
    (row,) = document(str(GOOD), str(target), "--facts-only")["facts"]
    assert (row["path"], row["before"]) == ("memory_bandwidth_gb_s", "2 claims")


def test_the_listing_and_the_comment(changed: Path) -> None:
    text = run(str(GOOD), str(changed), "--facts-only").stdout
    assert "~ gpus/card_a.tdp_w  350 -> 420  (+20.0%)   the sources are the same: sheet" in text
    assert "- gpus/card_d" in text and "Facts: 0 added, 1 removed, 1 changed." in text
    comment = run(str(GOOD), str(changed), "--facts-only", "--format", "markdown").stdout
    assert comment.startswith("<!-- rigwise-diff -->") and "| `gpus/card_a.tdp_w` | 350 | 420 | +20.0% |" in comment


def test_nothing_changes(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path / "same")
    result = run(str(GOOD), str(tmp_path / "same"), "--exit-code")
    assert result.exit_code == 0 and "Nothing changes." in result.stdout


def test_revisions_of_a_clone(changed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(GOOD, clone / "knowledge")
    git = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "init", "-q", str(clone)], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    shutil.copytree(changed, clone / "knowledge", dirs_exist_ok=True)
    monkeypatch.chdir(clone)
    assert {row["path"] for row in document("HEAD", "--facts-only")["facts"]} == {"tdp_w"}
    assert run("HEAD", "--facts-only", "--exit-code").exit_code == 1
    for odd in ("no-such-revision", "--upload-pack=x", "HEAD:knowledge", ""):
        result = run("--", odd)
        assert result.exit_code == 2 and "Traceback" not in result.output, result.output


def test_answers_over_scenarios(tmp_path: Path) -> None:
    site = tmp_path / "site" / "gpus"
    site.mkdir(parents=True)
    (site / "rtx_3090.yaml").write_text("memory_bandwidth_gb_s: 468.1\n", "utf-8")
    example = ROOT / "examples" / "4x3090_vllm.yaml"
    found = document(str(ROOT), str(tmp_path / "site"), "--scenarios", str(example))
    (answer,) = found["answers"]
    numbers = {row["metric"]: row["relative"] for row in answer["numbers"]}
    assert found["questions"] == 1 and -0.55 < numbers["decode_tok_s"] < -0.1


def test_answers_are_kept_and_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run asks nothing again, says so, and prints the same; a damaged answer is worked out anew."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    after = tmp_path / "after"
    shutil.copytree(ROOT / "knowledge", after)
    card = after / "gpus" / "rtx_3060.yaml"
    card.write_text(card.read_text("utf-8").replace("vram_gib: 12", "vram_gib: 11"), "utf-8")
    question = tmp_path / "one.yaml"
    question.write_text("rig: {gpus: [{gpu: rtx_3060}]}\nworkload: {model: llama_3_1_8b}\n", "utf-8")
    asked = (str(ROOT / "knowledge"), str(after), "--scenarios", str(question), "--progress")
    first, second = run(*asked), run(*asked)
    assert "1 questions in" in first.stderr and "kept from before" not in first.stderr
    assert "1 of them kept from before" in second.stderr and first.stdout == second.stdout
    for file in (tmp_path / "cache" / "rigwise" / "answers").iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    third = run(*asked)
    assert "kept from before" not in third.stderr and third.stdout == first.stdout
