"""Each bad file trips exactly what is written beside its fault: code, column, and with it one layer only."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from engine.checking import CODES, Report, validate
from engine.reading import parse

HERE = Path(__file__).parent
GOOD = HERE / "good"
BAD = sorted((HERE / "bad").rglob("*.yaml"))
TODAY = date(2026, 11, 23)
_EXPECT = re.compile(
    r"# expect: (?P<code>[A-Z]\d{3})(?: @(?P<column>\d+))?(?: fix=(?P<fix>\S+))?(?: hint=(?P<hint>[^#]+))?"
)


def check(path: Path, tmp_path: Path) -> Report:
    """The report on one bad file, laid over the good knowledge."""
    target = tmp_path / "site" / path.parent.name / path.name
    target.parent.mkdir(parents=True)
    shutil.copy(path, target)
    (tmp_path / "site" / "gpus").mkdir(exist_ok=True)
    return validate([tmp_path / "site"], base=GOOD, today=TODAY)


def expected(path: Path) -> list[tuple[str, int, int | None, str | None, str | None]]:
    return [
        (found["code"], number, int(found["column"]) if found["column"] else None, found["fix"], found["hint"])
        for number, line in enumerate(path.read_text("utf-8").split("\n"), 1)
        for found in _EXPECT.finditer(line)
    ]


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_exactly_what_is_annotated(path: Path, tmp_path: Path) -> None:
    report = check(path, tmp_path)
    wanted = expected(path)
    found = sorted((one.code, one.place.line) for one in report)
    assert found == sorted((code, line) for code, line, *_ in wanted), [str(one) for one in report]
    for code, line, column, fix, hint in wanted:
        (one,) = [one for one in report if (one.code, one.place.line) == (code, line)]
        assert column is None or one.place.column == column, str(one)
        assert fix is None or (one.fix is not None and one.fix.text == fix), str(one)
        assert hint is None or hint.strip() in one.hint, str(one)


@pytest.mark.parametrize("path", [path for path in BAD if len(expected(path)) == 1], ids=lambda path: path.stem)
def test_the_fault_is_one_of_a_single_layer(path: Path, tmp_path: Path) -> None:
    assert len({one.code[0] for one in check(path, tmp_path)}) == 1


def test_every_code_has_a_bad_file() -> None:
    there = {code for path in BAD for code, *_ in expected(path)}
    elsewhere = {
        "S108",
        "X212",
        "X213",
        "P314",
        "P315",
        "P322",
        "P326",
        "P329",
        "P331",
        "N413",
        "X214",
        "X215",
        "X216",
        "X217",
    }
    read_elsewhere = {code for code in CODES if code[0] == "Y"} | elsewhere
    assert set(CODES) - read_elsewhere - there == set()


def test_the_good_knowledge_is_good() -> None:
    report = validate(base=GOOD, today=TODAY)
    assert list(report) == [], [str(one) for one in report]
    assert len(report.files) == len(list(GOOD.rglob("*.yaml")))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_hints_help(path: Path, tmp_path: Path) -> None:
    for one in check(path, tmp_path):
        assert one.hint and len(one.message) < 300
        assert (
            one.message[0].islower()
            or not one.message[0].isalpha()
            or one.message.split()[0].isupper()
            or "NVLink" in one.message
        )


def test_files_read_without_the_annotations() -> None:
    """The comments that say what is expected are no part of what is tested."""
    for path in BAD:
        raw = path.read_bytes()
        bare = b"\n".join(line.split(b"  # expect")[0] for line in raw.split(b"\n"))
        assert parse(raw, "x")[0] == parse(bare, "x")[0]
