"""The knowledge as a whole: values, origins, sources, overlays; and the compiled copy, which must never be believed
when it should not be."""

from __future__ import annotations

import json
import marshal
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import AmbiguousName, BadInput, UnknownName
from engine.reading import Knowledge, load_knowledge
from engine.reading.diagnostic import ReadingErrors
from engine.reading.image import read_document as READ
from engine.reading.layers import content_key, find_layers
from engine.reading.snapshot import write_directory

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = """schema: 1
name: v
sources: []
policy: {id: a, rank: {A: 4, B: 3, C: 2, D: 1}, order: [grade, independent_publishers, newest]}
grades: {vendor_page: A, forum: D, recalled: D}
name_noise: {gpus: [nvidia, geforce]}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "rigwise"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    root = tmp_path / "base"
    write(root, "vocabulary.yaml", VOCABULARY)
    write(root, "sources/sheet.yaml", "title: s\npublisher: Maker\nkind: vendor_page\nretrieved: '2026-03-04'\n")
    write(root, "sources/talk.yaml", "title: t\npublisher: Forum\nkind: forum\n")
    write(root, "sources/recalled.yaml", "title: r\npublisher: us\nkind: recalled\n")
    write(
        root,
        "gpus/card_a.yaml",
        """name: GeForce Card A
aliases: ["A1"]
sources: [sheet]
vram_gib: 24
tdp_w: {value: 350, source: talk, note: measured, mark: uncertain}
empty: ~
nvlink: {links: 4, reach: {value: pair, source: talk}}
rate:
  - {value: 1, source: sheet}
  - {value: 2, source: talk, status: disputed, reason: old}
tied:
  - {value: 1, source: talk}
  - {value: 2, source: talk}
launch: {value: 7, source: recalled}
rows: [{a: 1, source: talk}, {a: 2}]
""",
    )
    write(root, "gpus/card_a_pcie_40gb.yaml", "name: Card A PCIe 40GB\nsources: [sheet]\nvram_gib: 40\n")
    write(root, "gpus/card_a_pcie_80gb.yaml", "name: Card A PCIe 80GB\nsources: [sheet]\nvram_gib: 80\n")
    write(root, "rules/one.yaml", "- id: b\n  then: {kind: x}\n- id: a\n  then: {kind: w}\n")
    return root


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def everything(knowledge: Knowledge) -> str:
    kinds = {kind: knowledge.entries[kind] for kind in knowledge.entries}
    details = [
        knowledge.value(kind, key, path)
        for kind, entries in kinds.items()
        for key, entry in entries.items()
        for path in (entry if isinstance(entry, dict) else ())
    ]
    return json.dumps([kinds, details, knowledge.rules, knowledge.digest, knowledge.version], sort_keys=True)


def test_values_with_all_that_stands_behind_them(base: Path) -> None:
    known = load_knowledge(base=base)
    card = known.entries["gpus"]["card_a"]
    assert card["vram_gib"] == 24 and card["tdp_w"] == 350 and card["nvlink"] == {"links": 4, "reach": "pair"}
    assert card["rate"] == 1 and "tied" not in card and "empty" not in card
    assert card["rows"] == [{"a": 1, "source": "talk"}, {"a": 2}]
    assert type(card) is dict and type(card["nvlink"]) is dict and type(card["rows"]) is list
    assert known.origin("gpus", "card_a", "vram_gib") == "knowledge/gpus/card_a.yaml:4"
    assert known.origin("gpus", "card_a", "nvlink.reach") == "knowledge/gpus/card_a.yaml:7"
    assert known.origin("gpus", "card_a", "rate") == "knowledge/gpus/card_a.yaml:9"
    assert known.sources_of("gpus", "card_a", "vram_gib") == ["sheet"]
    assert known.sources_of("gpus", "card_a", "nvlink.reach") == ["talk"]
    assert known.sources_of("gpus", "card_a", "nvlink.links") == ["sheet"]
    assert known.sources_of("gpus", "card_a", "rows.0.a") == ["talk"]
    assert known.marks_of("gpus", "card_a", "tdp_w") == ["uncertain"]
    assert known.marks_of("gpus", "card_a", "rate") == ["disputed"]
    assert known.marks_of("gpus", "card_a", "tied") == ["unresolved"]
    assert known.marks_of("gpus", "card_a", "launch") == ["recalled"]
    value = known.value("gpus", "card_a", "rate")
    assert value.value == 1 and [one["outcome"] for one in value.claims] == ["used", "lost"]
    assert value.claims[1]["origin"] == "knowledge/gpus/card_a.yaml:10" and value.claims[1]["reason"] == "old"
    assert known.value("gpus", "card_a", "tdp_w").note == "measured"
    assert known.value("gpus", "card_a", "nothing").value is None
    assert known.version == "2026-03-04" and known.digest.startswith("sha256:")
    with pytest.raises(UnknownName):
        known.value("gpus", "card_z", "vram_gib")


def test_rules_are_sorted_and_know_their_place(base: Path) -> None:
    known = load_knowledge(base=base)
    assert [(rule["id"], rule["origin"]) for rule in known.rules] == [
        ("a", "knowledge/rules/one.yaml:3"),
        ("b", "knowledge/rules/one.yaml:1"),
    ]
    assert known.origin("rules", "a") == "knowledge/rules/one.yaml:3"


def test_an_overlay_replaces_fields_adds_entries_and_replaces_rules(base: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    write(site, "gpus/card_a.yaml", "tdp_w: 300\nrate: 5\n")
    write(site, "gpus/own.yaml", "name: Own\nsources: [sheet]\nvram_gib: 8\n")
    write(site, "rules/mine.yaml", "- id: b\n  then: {kind: z}\n- id: c\n  then: {kind: w}\n")
    known = load_knowledge([site], base)
    card = known.entries["gpus"]["card_a"]
    assert card["tdp_w"] == 300 and card["rate"] == 5 and card["vram_gib"] == 24 and card["name"] == "GeForce Card A"
    assert known.entries["gpus"]["own"]["vram_gib"] == 8
    assert known.origin("gpus", "card_a", "tdp_w") == f"{site.as_posix()}/gpus/card_a.yaml:1"
    assert known.origin("gpus", "card_a", "vram_gib") == "knowledge/gpus/card_a.yaml:4"
    assert known.marks_of("gpus", "card_a", "rate") == []
    assert {rule["id"]: rule["then"]["kind"] for rule in known.rules} == {"a": "w", "b": "z", "c": "w"}
    assert known.digest != load_knowledge(base=base).digest
    assert everything(load_knowledge([site], base)) == everything(known)


def test_later_overlays_win_and_one_may_be_called_knowledge(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "knowledge", "gpus/card_a.yaml", "tdp_w: 1\n")
    write(tmp_path / "other", "gpus/card_a.yaml", "tdp_w: 2\n")
    known = load_knowledge(["knowledge", "other"], base)
    assert known.entries["gpus"]["card_a"]["tdp_w"] == 2
    known = load_knowledge(["other", "knowledge"], base)
    assert known.entries["gpus"]["card_a"]["tdp_w"] == 1
    assert known.origin("gpus", "card_a", "tdp_w") == "./knowledge/gpus/card_a.yaml:1"


def test_an_overlay_folder_that_does_not_exist_in_the_base(base: Path, tmp_path: Path) -> None:
    write(tmp_path / "site", "gpu/own.yaml", "name: Own\n")
    with pytest.raises(BadInput) as caught:
        load_knowledge([tmp_path / "site"], base)
    assert "gpus" in str(caught.value)


def test_two_rules_of_one_id(base: Path) -> None:
    write(base, "rules/two.yaml", "- id: a\n  then: {kind: x}\n")
    with pytest.raises(ReadingErrors) as caught:
        load_knowledge(base=base)
    assert "one.yaml:3" in str(caught.value)


# names


@pytest.mark.parametrize(
    "text", ["card_a", "GeForce Card A", "card-a", "CARD A", "nvidia geforce card a", "a1", "x/card_a"]
)
def test_forgiving_names(base: Path, text: str) -> None:
    assert load_knowledge(base=base).find("gpus", text) == "card_a"


def test_names_that_mean_several_or_nothing(base: Path) -> None:
    known = load_knowledge(base=base)
    with pytest.raises(AmbiguousName) as several:
        known.find("gpus", "card a pcie")
    assert several.value.candidates == ("card_a_pcie_40gb", "card_a_pcie_80gb")
    with pytest.raises(UnknownName) as nothing:
        known.find("gpus", "crad_a")
    assert "card_a" in nothing.value.nearest
    for text in ("", " ", "?", "\x00", "x" * 100_000):
        with pytest.raises((UnknownName, AmbiguousName)):
            known.find("gpus", text)
    with pytest.raises(UnknownName):
        known.find("gpu", "card_a")


# the compiled copy


def snapshot(cache: Path) -> Path:
    (found,) = [path for path in cache.iterdir() if path.name != "files"]
    return found


def no_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> object:
        raise AssertionError("YAML was read")

    monkeypatch.setattr("engine.reading.image.compile_layers", refuse)


def test_the_copy_is_used_and_equal(base: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGWISE_CACHE", "off")
    fresh = everything(load_knowledge(base=base))
    monkeypatch.delenv("RIGWISE_CACHE")
    assert everything(load_knowledge(base=base)) == fresh
    assert snapshot(cache).stat().st_mode & 0o777 == 0o700
    no_yaml(monkeypatch)
    assert everything(load_knowledge(base=base)) == fresh


@pytest.mark.parametrize(
    "change", ["gpus/card_a.yaml", "vocabulary.yaml", "rules/one.yaml", "gpus/new.yaml", "measurements/a.csv"]
)
def test_any_change_makes_the_copy_stale(base: Path, change: str) -> None:
    before = load_knowledge(base=base)
    path = write(base, change, "name: new\n") if not (base / change).exists() else base / change
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    after = load_knowledge(base=base)
    assert after.digest != before.digest
    path.unlink()
    assert load_knowledge(base=base).digest not in (after.digest,)


def test_same_size_and_time_are_no_excuse(base: Path) -> None:
    path = base / "gpus/card_a.yaml"
    load_knowledge(base=base)
    status = path.stat()
    path.write_text(path.read_text("utf-8").replace("vram_gib: 24", "vram_gib: 25"), "utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert load_knowledge(base=base).entries["gpus"]["card_a"]["vram_gib"] == 25


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"\x00" * 100, b"[" * 100_000, b"rigwise-snapshot/2 x gpus y\n{}", b'{"card_a": {"vram_gib": 99}}'],
    ids=["empty", "half", "zeros", "deep", "header", "bare"],
)
@pytest.mark.parametrize("part", ["meta", "gpus", "gpus.detail", "rules"])
def test_a_damaged_copy_is_made_again(base: Path, cache: Path, part: str, damage: bytes) -> None:
    whole = everything(load_knowledge(base=base))
    (snapshot(cache) / f"{part}.data").write_bytes(damage)
    assert everything(load_knowledge(base=base)) == whole
    assert everything(load_knowledge(base=base)) == whole


def test_a_changed_value_in_the_copy_is_noticed(base: Path, cache: Path) -> None:
    whole = everything(load_knowledge(base=base))
    file = snapshot(cache) / "gpus.data"
    raw = file.read_bytes()
    changed = raw.replace(marshal.dumps(24), marshal.dumps(99))
    assert changed != raw
    file.write_bytes(changed)
    assert everything(load_knowledge(base=base)) == whole


def test_a_missing_part_or_a_file_in_its_place(base: Path, cache: Path) -> None:
    whole = everything(load_knowledge(base=base))
    (snapshot(cache) / "gpus.data").unlink()
    (snapshot(cache) / "gpus.data").mkdir()
    assert everything(load_knowledge(base=base)) == whole
    target = snapshot(cache)
    moved = target.with_name("moved")
    target.rename(moved)
    target.write_text("a file")
    assert everything(load_knowledge(base=base)) == whole
    assert target.is_dir() and not list(cache.glob(".*"))


def test_a_part_that_is_lost_while_in_use(base: Path, cache: Path) -> None:
    known = load_knowledge(base=base)
    known = load_knowledge(base=base)
    for file in snapshot(cache).iterdir():
        file.unlink()
    assert known.entries["gpus"]["card_a"]["vram_gib"] == 24
    assert known.origin("gpus", "card_a", "vram_gib").endswith(":4")


def test_a_copy_that_others_may_write_is_not_believed(base: Path, cache: Path) -> None:
    load_knowledge(base=base)
    target = snapshot(cache)
    key = target.name
    forged = {"meta": {"kinds": ["gpus"], "digest": "sha256:x", "version": "x", "tables": {}}, "gpus": {}}
    write_directory(target, key, forged)
    assert load_knowledge(base=base).version == "x"
    target.chmod(0o777)
    assert load_knowledge(base=base).version == "2026-03-04"


def test_no_place_for_a_copy(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "blocked").write_text("a file where a directory should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "blocked"))
    assert load_knowledge(base=base).entries["gpus"]["card_a"]["vram_gib"] == 24
    for value in ("relative/path", "/proc/none", "\x00"[:0]):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        monkeypatch.setenv("HOME", str(tmp_path / "blocked"))
        assert load_knowledge(base=base).entries["gpus"]["card_a"]["vram_gib"] == 24


def test_a_full_disk(base: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert load_knowledge(base=base).entries["gpus"]["card_a"]["vram_gib"] == 24
    assert not cache.exists() or list(cache.iterdir()) == []


def test_old_copies_are_forgotten(base: Path, cache: Path) -> None:
    for number in range(10):
        write(base, "gpus/new.yaml", f"name: n{number}\n")
        load_knowledge(base=base)
    assert len(list(cache.iterdir())) <= 8


def test_files_that_did_not_change_are_not_parsed_again(
    base: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.reading import image

    parsed: list[str] = []

    def reader(source: image.Source) -> tuple[object, list[object]]:
        parsed.append(source.name)
        return READ(source)  # type: ignore[return-value]

    monkeypatch.setattr(image, "read_document", reader)
    load_knowledge(base=base)
    whole = len(parsed)
    card = (base / "gpus/card_a.yaml").read_text("utf-8")
    write(base, "gpus/card_a.yaml", card + "# changed\n")
    again = everything(load_knowledge(base=base))
    assert parsed[whole:] == ["gpus/card_a.yaml"]
    write(base, "gpus/card_a.yaml", card + "name: twice\n")
    for _ in range(2):
        with pytest.raises(ReadingErrors):
            load_knowledge(base=base)
    assert parsed[whole:] == ["gpus/card_a.yaml"] * 3
    (cache / "files" / "files.data").write_bytes(b"nonsense")
    write(base, "gpus/card_a.yaml", card + "# changed\n")
    for copy in cache.iterdir():
        if copy.name != "files":
            shutil.rmtree(copy)
    assert everything(load_knowledge(base=base)) == again and len(parsed) == 2 * whole + 3


def test_several_processes_at_once(base: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.reading import load_knowledge;"
        "k = load_knowledge(base=Path(sys.argv[1])); print(k.digest, k.entries['gpus']['card_a']['vram_gib'])"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(base)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    answers = {process.communicate(timeout=60)[0] for process in started}
    assert len(answers) == 1 and answers.pop().endswith(" 24\n")


def test_derived_data_is_kept(base: Path) -> None:
    made: list[int] = []

    def make() -> list[int]:
        made.append(1)
        return [1, 2]

    assert load_knowledge(base=base).derived("strata", make) == [1, 2]
    assert load_knowledge(base=base).derived("strata", make) == [1, 2]
    assert made == [1]


def test_loading_from_the_copy_imports_little() -> None:
    heavy = "{'yaml', 'jsonschema', 'cerberus', 'difflib', 'click', 'inspect'}"
    code = (
        "import sys; from engine.reading import load_knowledge; k = load_knowledge(); k.entries['gpus']; k.rules;"
        f"k.find('gpus', 'rtx_3090'); print(sorted({heavy} & set(sys.modules)))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert runs[1].stdout.strip() == "[]"


def test_the_built_in_knowledge_is_the_same_from_both(monkeypatch: pytest.MonkeyPatch) -> None:
    from_yaml = everything(load_knowledge())
    no_yaml(monkeypatch)
    assert everything(load_knowledge()) == from_yaml


def test_keys_depend_on_names_and_contents(base: Path) -> None:
    before = content_key(find_layers(base, []))
    (base / "gpus/card_a.yaml").rename(base / "gpus/card_b.yaml")
    assert content_key(find_layers(base, [])) != before


@pytest.fixture(autouse=True)
def _unchanged_environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_knowledge_that_nobody_holds_is_freed_with_the_rules_made_of_it() -> None:
    import gc
    import weakref

    from engine.advice.recommend import recommend

    read = load_knowledge()
    recommend({"rig": {"gpus": [{"gpu": "rtx_3090", "count": 1}]}}, read)
    held = weakref.ref(read)
    del read
    gc.collect()
    assert held() is None


def test_a_name_is_known_without_its_brand() -> None:
    from engine.reading.names import Names

    names = Names("GPU", {"site_card": {"name": "GeForce RTX 9999"}, "other": {"name": "RTX A9999"}}, ("nvidia",))
    assert names.meant("rtx 9999") == {"site_card"}
    assert names.meant("9999") == set() == names.meant("force rtx 9999")
