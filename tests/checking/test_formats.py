"""Renderings of a report: every format parses, escapes what its reader would obey, and says the same."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from engine.checking import FORMATS, Report, validate
from engine.checking.formats.text import render_text
from engine.checking.schemas import output_validator
from engine.reading.diagnostic import Diagnostic
from engine.reading.place import Place

GOOD = Path(__file__).parent / "good"
TODAY = date(2026, 11, 23)
HEAD = """schema: 1
name: Test card
aliases: []
vendor: nvidia
architecture: ampere
segment: geforce
sources: [sheet]
"""


def report_on(tmp_path: Path, text: str, name: str = "gpus/card_x.yaml") -> Report:
    path = tmp_path / "site" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return validate([tmp_path / "site"], base=GOOD, today=TODAY)


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return report_on(
        tmp_path, HEAD + 'vram_gib: "24"\nmemory_bandwidth_gb_s: 936\nvendour: x\ntdp_w: 3\nlaunch_date: "2036-01-01"\n'
    )


def test_text_has_caret_code_and_hint(report: Report) -> None:
    text = render_text(report)
    lines = text.split("\n")
    at = next(number for number, line in enumerate(lines) if 'vram_gib: "24"' in line)
    assert lines[at] == '8 | vram_gib: "24"' and lines[at + 1].startswith("  |           ^^^^ at vram_gib")
    assert "error[S103 wrong-type]" in text and "= help: write 24 without quotes" in text
    assert text.endswith("1 file checked: 3 errors, 1 warning; --fix can repair 1\n")
    assert "\x1b[31m" in render_text(report, colour=True) and "\x1b" not in text


def test_a_clean_report(tmp_path: Path) -> None:
    report = report_on(tmp_path, HEAD + "vram_gib: 24\nmemory_bandwidth_gb_s: 936\n")
    assert render_text(report) == "1 file checked, nothing found\n"
    assert not report.failed() and not report.failed(strict=True)
    for name, render in FORMATS.items():
        assert render(report), name


def test_json_holds_to_its_schema(report: Report) -> None:
    document = json.loads(FORMATS["json"](report))
    assert list(output_validator("validation").iter_errors(document)) == []
    assert document["errors"] == report.errors == 3 and document["diagnostics"][0]["place"]["line"] == 8


def test_sarif(report: Report) -> None:
    run = json.loads(FORMATS["sarif"](report))["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints" and len(run["results"]) == len(report)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1 and region["endColumn"] > region["startColumn"] >= 1
    assert len({result["partialFingerprints"]["rigwise/v1"] for result in run["results"]}) == len(run["results"])
    fixes = [fix for result in run["results"] for fix in result.get("fixes", ())]
    assert fixes and all(change["replacements"] for fix in fixes for change in fix["artifactChanges"])


def test_sarif_fingerprints_do_not_move_with_the_lines(tmp_path: Path) -> None:
    text = HEAD + 'vram_gib: "24"\nmemory_bandwidth_gb_s: 936\n'
    prints = [
        [
            result["partialFingerprints"]
            for result in json.loads(FORMATS["sarif"](report_on(tmp_path, lead + text)))["runs"][0]["results"]
        ]
        for lead in ("", "# a comment\n\n")
    ]
    assert prints[0] == prints[1] != []


def test_rdjson_counts_bytes(tmp_path: Path) -> None:
    report = report_on(
        tmp_path, HEAD + 'vram_gib: 24\nmemory_bandwidth_gb_s: 936\nnvlink: {note: "é漢", reach: bridge}\n'
    )
    found = json.loads(FORMATS["rdjson"](report))["diagnostics"][0]
    line = 'nvlink: {note: "é漢", reach: bridge}'
    assert found["location"]["range"]["start"]["column"] == line.encode().index(b"bridge") + 1
    assert found["severity"] == "ERROR" and found["code"]["value"] == "S104"


def test_github_escapes(report: Report) -> None:
    rows = FORMATS["github"](report).splitlines()
    assert rows[0].startswith("::error file=") and ",line=8,col=11,endColumn=14,title=S103 wrong-type::" in rows[0]
    assert "%0A" in rows[0]


def test_github_escapes_paths_and_text() -> None:
    found = Diagnostic("S103", "50% of\nit", Place("a:b,c%d\ne.yaml", 1, 1, 2))
    row = FORMATS["github"](Report([found], ["x"], {}, {})).split("\n")[0]
    assert row == "::error file=a%3Ab%2Cc%25d%0Ae.yaml,line=1,col=1,endColumn=1,title=S103 wrong-type::50%25 of%0Ait"


def test_github_shows_errors_first_and_ten_of_each() -> None:
    many = [Diagnostic("F701", f"w{n}", Place("a", n + 1)) for n in range(12)] + [
        Diagnostic("S103", f"e{n}", Place("b", n + 1)) for n in range(12)
    ]
    rows = FORMATS["github"](Report(many, ["a", "b"], {}, {})).splitlines()
    assert [row.split(" ")[0] for row in rows[:10]] == ["::error"] * 10
    assert sum(row.startswith("::error") for row in rows) == sum(row.startswith("::warning") for row in rows) == 10


def test_junit_parses(report: Report) -> None:
    root = ElementTree.fromstring(FORMATS["junit"](report))
    assert root.get("failures") == "1" and len(root.findall(".//failure")) == 1


@pytest.mark.parametrize("nasty", ["<&>\"']]>", "\x1b[31mred", "\u202e", "a\x00b", "\ud800", "漢" * 50, "%0A::error::"])
def test_nothing_in_a_file_reaches_the_terminal_or_the_markup(tmp_path: Path, nasty: str) -> None:
    found = Diagnostic("S103", f"text {nasty}", Place(f"a{nasty}.yaml", 1, 3, 5), f"hint {nasty}")
    report = Report([found], [f"a{nasty}.yaml"], {f"a{nasty}.yaml": f"k: {nasty}"}, {})
    assert "\x1b" not in render_text(report) and "\x00" not in render_text(report)
    ElementTree.fromstring(FORMATS["junit"](report))
    for name in ("json", "sarif", "rdjson"):
        json.loads(FORMATS[name](report))
    assert FORMATS["github"](report).count("\n") == 2


def test_long_lines_are_clipped_around_the_caret() -> None:
    line = "a: [" + ", ".join("1" for _ in range(70_000)) + ', "x"]'
    found = Diagnostic("S103", "m", Place("a", 1, len(line) - 3, len(line)))
    text = render_text(Report([found], ["a"], {"a": line}, {}))
    assert len(text) < 1000 and '"x"]' in text
    rows = text.split("\n")
    assert rows[2][rows[3].index("^")] == '"'


def test_wide_characters_keep_the_caret_in_place() -> None:
    line = "note: 漢漢 bad"
    found = Diagnostic("S103", "m", Place("a", 1, 10, 13))
    rows = render_text(Report([found], ["a"], {"a": line}, {})).split("\n")
    assert rows[3].index("^") == 4 + len("note: ") + 4 + 1


BAD = Path(__file__).parent / "bad"


@pytest.mark.parametrize(("form", "schema"), [("sarif", "sarif-2.1.0"), ("rdjson", "rdjson")])
def test_holds_to_the_schema_of_its_readers(form: str, schema: str) -> None:
    """Over every finding that the bad files give; the copies are told of in schemas/README.md."""
    report = validate([BAD], base=GOOD, today=TODAY)
    document = json.loads(FORMATS[form](report))
    check = Draft7Validator(json.loads((Path(__file__).parent / "schemas" / f"{schema}.json").read_text("utf-8")))
    assert (
        len(report) > 50 and [f"{list(one.absolute_path)}: {one.message}" for one in check.iter_errors(document)] == []
    )
    broken = json.loads(json.dumps(document).replace('"message"', '"massage"'))
    assert not check.is_valid(broken)
