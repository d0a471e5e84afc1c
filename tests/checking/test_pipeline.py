"""Validation as a whole: what may be given, what is told, and that it is the same every time."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from engine.checking import CODES, Report, all_pages, explain, fix, validate
from engine.checking.kinds import BY_KIND
from engine.errors import BadInput, RigwiseError, UnknownName
from engine.reading.parsers import FAST, PURE

HERE = Path(__file__).parent
GOOD = HERE / "good"
ROOT = HERE.parents[1]
TODAY = date(2026, 11, 23)
SOAK = int(os.environ.get("RIGWISE_SOAK", "0"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    shutil.copytree(GOOD, tmp_path / "site")
    return tmp_path / "site"


def test_the_built_in_knowledge_can_be_checked() -> None:
    report = validate()
    assert len(report.files) > 500 and all(one.code in CODES for one in report)


def test_one_file_of_many(site: Path) -> None:
    bad = site / "gpus" / "card_b.yaml"
    bad.write_text(bad.read_text().replace("vendor: nvidia", "vendor: nvida"))
    other = site / "gpus" / "card_c.yaml"
    other.write_text("a: no")
    report = validate([bad], base=GOOD, today=TODAY)
    assert [(one.code, Path(one.place.file).name) for one in report] == [("S104", "card_b.yaml")]
    assert len(report.files) == 1
    assert {one.code for one in validate([site / "gpus"], base=GOOD, today=TODAY)} == {"S104", "Y010", "S101"}


def test_files_that_are_not_there_or_hold_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        validate([tmp_path / "none.yaml"])
    assert "none.yaml" in str(caught.value)
    with pytest.raises(BadInput):
        validate([tmp_path])
    (tmp_path / "loose").mkdir()
    (tmp_path / "loose" / "x.yaml").write_text("a: 1")
    with pytest.raises(BadInput) as caught:
        validate([tmp_path / "loose" / "x.yaml"])
    assert "kind" in str(caught.value)


def test_one_bad_file_does_not_hide_another(site: Path) -> None:
    (site / "gpus" / "card_b.yaml").write_bytes(b"\xff\xfe\x00")
    (site / "gpus" / "card_c.yaml").write_text("")
    (site / "models" / "model_a.yaml").write_text("[" * 10_000)
    (site / "rules" / "basic.yaml").write_text("- 1\n- [a]\n- {id: 3}\n")
    report = validate([site], base=GOOD, today=TODAY)
    assert {"Y003", "Y015", "Y019", "S103"} <= {one.code for one in report}


def test_an_overlay_may_hold_a_part_of_an_entry(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for name, text in {
        "gpus/card_a.yaml": "tdp_w: 300\n",
        "prices/card_a.yaml": "unit: each\n",
        "options/bridge.yaml": "risk: Some.\n",
        "gpus/card_new.yaml": "tdp_w: 300\n",
    }.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    report = validate([site], base=GOOD, today=TODAY)
    assert {Path(one.place.file).name for one in report} == {"card_new.yaml"} and report[0].code == "S102"


def test_plausibility_sees_the_overlay_over_the_base(tmp_path: Path) -> None:
    site = tmp_path / "site" / "gpus"
    site.mkdir(parents=True)
    (site / "card_a.yaml").write_text("memory_bandwidth_gb_s: 963\n")
    assert [one.code for one in validate([site], base=GOOD, today=TODAY)] == ["P301"]
    (site / "card_a.yaml").write_text("tdp_w: 340\n")
    assert list(validate([site], base=GOOD, today=TODAY)) == []


def test_a_missing_field_that_is_misspelt_is_told_once(site: Path) -> None:
    path = site / "gpus" / "card_b.yaml"
    path.write_text(path.read_text().replace("memory_bandwidth_gb_s", "memory_bandwith_gb_s"))
    assert [one.code for one in validate([path], base=GOOD, today=TODAY)] == ["S101"]


def test_same_findings_whatever_the_hash_seed() -> None:
    code = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from engine.checking import validate, FORMATS;"
        "report = validate([Path(sys.argv[1])], base=Path(sys.argv[2]), today=date(2026, 11, 23));"
        "print(FORMATS['json'](report))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code, str(HERE / "bad"), str(GOOD)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(answers) == 1


@pytest.mark.skipif(FAST is PURE, reason="PyYAML without libyaml")
def test_same_findings_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = validate([HERE / "bad"], base=GOOD, today=TODAY)
    monkeypatch.setattr("engine.reading.parsers.FAST", PURE)
    assert list(validate([HERE / "bad"], base=GOOD, today=TODAY)) == list(fast)


def test_fix_repairs_what_is_certain(site: Path) -> None:
    path = site / "gpus" / "card_b.yaml"
    path.write_text(
        path.read_text()
        .replace("vram_gib: 12", 'vram_gib: "12"  # GiB')
        .replace("vendor: nvidia", "vendor: NVIDIA")
        .replace("memory_bandwidth_gb_s", "memory_bandwith_gb_s")
    )
    report = validate([path], base=GOOD, today=TODAY)
    assert fix(report) == {report.files[0]: 3}
    assert "vram_gib: 12  # GiB" in path.read_text() and list(validate([path], base=GOOD, today=TODAY)) == []
    assert fix(validate([path], base=GOOD, today=TODAY)) == {}


def test_fix_leaves_a_file_that_changed_meanwhile(site: Path) -> None:
    path = site / "gpus" / "card_b.yaml"
    path.write_text(path.read_text().replace("vram_gib: 12", 'vram_gib: "12"'))
    report = validate([path], base=GOOD, today=TODAY)
    path.write_text("# empty now\n")
    assert fix(report) == {} and path.read_text() == "# empty now\n"


def test_fix_keeps_line_ends_and_letters(site: Path) -> None:
    path = site / "gpus" / "card_b.yaml"
    text = path.read_text().replace("vram_gib: 12", 'vram_gib: "12"').replace("name: Card B", 'name: "Cárd 漢"')
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    fix(validate([path], base=GOOD, today=TODAY))
    assert path.read_bytes() == b"\xef\xbb\xbf" + text.replace('"12"', "12").replace("\n", "\r\n").encode()


def test_explain() -> None:
    assert explain("s101").startswith("# S101 unknown-field") == explain("unknown-field").startswith("# S101")
    assert "Bad:" in explain("Y010") and "Good:" in explain("Y010")
    with pytest.raises(UnknownName) as caught:
        explain("S1O1")
    assert "S101" in str(caught.value)
    assert all(f"## {code} " in all_pages() for code in CODES)


def test_codes_say_what_is_needed() -> None:
    assert len({code.name for code in CODES.values()}) == len(CODES)
    for code in CODES.values():
        assert code.what.endswith(".") and code.why and code.level in ("error", "warning")


def test_file_names_of_every_sort(site: Path) -> None:
    for name in ("RTX 3090.yaml", "con.yaml", "é.yaml", "a,b%c.yaml", "x" * 200 + ".yaml"):
        shutil.copy(site / "gpus" / "card_b.yaml", site / "gpus" / name)
    found = {Path(one.place.file).name: one for one in validate([site], base=GOOD, today=TODAY) if one.code == "X203"}
    assert {"RTX 3090.yaml", "con.yaml", "é.yaml", "a,b%c.yaml"} <= set(found)
    assert found["RTX 3090.yaml"].hint == "rename it to rtx_3090.yaml"


def test_jsonschema_validate_is_never_called() -> None:
    """It checks the schema anew for each document, which is thirty times slower."""
    for file in (ROOT / "engine").rglob("*.py"):
        assert "jsonschema.validate(" not in file.read_text("utf-8"), file


def test_every_kind_has_a_schema() -> None:
    for name in BY_KIND.values():
        assert (ROOT / "schemas" / f"{name}.schema.json").is_file()


def corrupted(chance: random.Random, raw: bytes) -> bytes:
    """One change of a kind that hands and merges make."""
    lines = raw.split(b"\n")
    at = chance.randrange(len(lines))
    kind = chance.randrange(9)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        lines[at] = b"  " + lines[at]
    elif kind == 3:
        lines[at] = lines[at].replace(b": ", b":", 1)
    elif kind == 4 and len(lines[at]) > 3:
        spot = chance.randrange(len(lines[at]) - 1)
        lines[at] = (
            lines[at][:spot] + lines[at][spot + 1 : spot + 2] + lines[at][spot : spot + 1] + lines[at][spot + 2 :]
        )
    elif kind == 5:
        lines[at] = lines[at].replace(b"[", b"{")
    elif kind == 6:
        lines[at] += b" \x00" if chance.random() < 0.2 else b" x"
    elif kind == 7:
        lines[at] = lines[at].replace(b": ", b": -", 1)
    else:
        lines[at] = lines[at].replace(b"1", b"yes").replace(b"true", b"no")
    return b"\n".join(lines)


def test_random_corruption_never_crashes(tmp_path: Path) -> None:
    chance = random.Random(3)
    files = sorted(GOOD.rglob("*.yaml"))
    for number in range(60 + SOAK // 20):
        target = tmp_path / str(number)
        shutil.copytree(GOOD, target)
        victim = target / chance.choice(files).relative_to(GOOD)
        raw = victim.read_bytes()
        for _ in range(chance.randint(1, 4)):
            raw = corrupted(chance, raw)
        victim.write_bytes(raw)
        started = time.process_time()
        try:
            report = validate([target], base=target, today=TODAY)
        except RigwiseError:
            continue
        assert isinstance(report, Report) and time.process_time() - started < 2
        shutil.rmtree(target)


@pytest.mark.skipif(not SOAK, reason="RIGWISE_SOAK is not set")
def test_ten_thousand_entries(tmp_path: Path) -> None:
    """Near linear; prints what it took."""
    took = {}
    for size in (1000, 10_000):
        root = tmp_path / str(size)
        shutil.copytree(GOOD, root)
        text = (GOOD / "gpus" / "card_a.yaml").read_text()
        for number in range(size):
            own = text.replace("Card A", f"Card {number} X").replace("A One", f"Alias {number}")
            (root / "gpus" / f"made_{number}.yaml").write_text(own)
        started = time.perf_counter()
        assert validate([root], base=GOOD, today=TODAY).errors == 0
        took[size] = time.perf_counter() - started
    print(took)
    assert took[10_000] < 15 * took[1000]


def test_a_value_changed_under_the_same_source(tmp_path: Path, site: Path) -> None:
    """Against the file below an overlay, and against what a file was."""
    over = tmp_path / "over" / "gpus"
    over.mkdir(parents=True)
    (over / "card_a.yaml").write_text(
        'sources: [sheet]\ntdp_w: 340\nlaunch_date: {value: "2020-10-01", source: talk}\n'
    )
    found = validate([over], base=GOOD, today=TODAY)
    assert [(one.code, one.place.line, one.at) for one in found] == [("P322", 2, "tdp_w")]
    assert "was 350 by sheet, and is 340 by the same" in found[0].message

    card = site / "gpus" / "card_a.yaml"
    old = card.read_bytes()
    card.write_bytes(old.replace(b"tdp_w: 350", b"tdp_w: 340").replace(b"memory_type: GDDR6X\n", b""))
    found = validate([site], base=site, today=TODAY, before=lambda path: old if path == card else None)
    assert sorted((one.code, one.at) for one in found) == [("P322", "memory_type"), ("P322", "tdp_w")]
    card.write_bytes(old.replace(b"tdp_w: 350", b"tdp_watts: 350"))
    found = validate([site], base=site, today=TODAY, before=lambda path: old if path == card else None)
    assert [one.code for one in found] == ["S101"], "what is misspelt is not told as gone, too"


def test_a_number_that_is_text_stops_no_other_check(site: Path) -> None:
    links = site / "links" / "nvlink.yaml"
    text = links.read_text("utf-8")
    old = next(line for line in text.split("\n") if "gb_s_per_link_per_direction" in line)
    links.write_text(
        text.replace(old, old.replace("gb_s_per_link_per_direction: ", "gb_s_per_link_per_direction: 14,"))
    )
    assert isinstance(validate([site], base=site, today=TODAY), Report)


def _spoilt(site: Path, name: str, *changes: tuple[str, str]) -> None:
    text = (site / name).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (site / name).write_text(text, "utf-8")


def test_one_fault_hides_no_other_of_its_file(site: Path) -> None:
    _spoilt(site, "gpus/card_a.yaml", ("aliases:", "alases:"), ("lanes: 16", "lanes: 15"), ("links: 4", "links: 5"))
    _spoilt(site, "models/model_a.yaml", ("hidden: 4096", "hidden: no"), ("kv_heads: 8", "kv_heads: 7"))
    found = [(one.code, Path(one.place.file).name, one.place.line) for one in validate(base=site, today=TODAY)]
    assert found == [
        ("S101", "card_a.yaml", 3),
        ("N402", "card_a.yaml", 19),
        ("P302", "card_a.yaml", 20),
        ("Y010", "model_a.yaml", 7),
        ("P312", "model_a.yaml", 9),
    ]


def test_a_file_that_cannot_be_read_is_told_once(site: Path) -> None:
    """What refers to it, reads what it concludes or cites with it is not told to refer to nothing."""
    _spoilt(site, "gpus/card_a.yaml", ("nvlink: {", "nvlink: [{"))
    rules = site / "rules" / "basic.yaml"
    rules.write_text(rules.read_text("utf-8").replace("  title:", "  titel:", 1), "utf-8")
    (site / "sources" / "sheet.yaml").write_text("a: [", "utf-8")
    report = validate(base=site, today=TODAY)
    assert sorted((one.code, Path(one.place.file).name) for one in report) == [
        ("S101", "basic.yaml"),
        ("Y001", "card_a.yaml"),
        ("Y001", "sheet.yaml"),
    ]


def test_a_folder_of_no_kind_with_a_fault_in_its_file(site: Path) -> None:
    (site / "gpu").mkdir()
    (site / "gpu" / "x.yaml").write_text("schema: 1\nschema: 1\nname: 0x1F\n", "utf-8")
    assert {"X204", "Y011"} <= {one.code for one in validate([site / "gpu"], base=GOOD, today=TODAY)}


@pytest.mark.parametrize("raw", [b"\0", b"", b"- a\n", b"x" * (1 << 20) + b"\n"], ids=["nul", "empty", "list", "large"])
def test_a_card_that_cannot_be_read_is_the_one_finding(raw: bytes, tmp_path: Path) -> None:
    """What refers to it, and names of measurements that now mean another card, are no findings of their own."""
    home = tmp_path / "k"
    shutil.copytree(GOOD, home)
    (home / "gpus" / "card_a.yaml").write_bytes(raw)
    found = validate([home], base=home, today=TODAY)
    assert {one.place.file.rpartition("/")[2] for one in found if one.code[0] not in "F"} == {"card_a.yaml"}, found


def test_an_empty_accept_of_a_broken_rule_is_no_crash(tmp_path: Path) -> None:
    """Found by 100,000 random inputs: a mapping for rules, with another fault, and nothing behind `accept:`."""
    site = tmp_path / "site" / "rules"
    site.mkdir(parents=True)
    (site / "x.yaml").write_text("-ure: no\nsources\u00e9: [sheet]\naccept:\nschema: 1\n", "utf-8")
    (site / "y.yaml").write_text("- id: a\n  accept:\n", "utf-8")
    assert validate([tmp_path / "site"], base=GOOD, today=TODAY).errors
