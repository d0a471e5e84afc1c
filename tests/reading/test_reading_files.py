"""What a disk can hold: directories, loops, pipes, files without permission or that vanish."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import BadInput
from engine.reading import load_knowledge, read_document, read_yaml, where
from engine.reading.diagnostic import ReadingErrors
from engine.reading.files import listing
from engine.reading.layers import find_layer


def refusal(path: Path) -> str:
    with pytest.raises(ReadingErrors) as caught:
        read_yaml(path)
    return str(caught.value)


def test_a_directory(tmp_path: Path) -> None:
    assert "Y006" in refusal(tmp_path) and "directory" in refusal(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    assert "not there" in refusal(tmp_path / "none.yaml")


def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert "circle" in refusal(tmp_path / "a.yaml")
    files, problems = listing(tmp_path, "x")
    assert files == [] and {one.code for one in problems} == {"Y006"} and len(problems) == 2


def test_a_folder_that_links_to_itself(tmp_path: Path) -> None:
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus" / "again").symlink_to(tmp_path / "gpus")
    assert find_layer(tmp_path, "x").problems


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "Y006" in refusal(tmp_path / "pipe.yaml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1")
    (tmp_path / "a.yaml").chmod(0)
    assert "permission" in refusal(tmp_path / "a.yaml")


def test_no_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert "no permission" in refusal(tmp_path / "a.yaml")


def test_a_link_out_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("a: 1")
    (tmp_path / "k" / "gpus").mkdir(parents=True)
    (tmp_path / "k" / "gpus" / "x.yaml").symlink_to(tmp_path / "secret.yaml")
    layer = find_layer(tmp_path / "k", "k")
    assert not layer.sources and "out of" in layer.problems[0].message


def test_a_link_inside_is_followed(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "a.yaml").write_text("name: a")
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus" / "a.yaml").symlink_to(tmp_path / "..data" / "a.yaml")
    assert [source.name for source in find_layer(tmp_path, "k").sources] == ["gpus/a.yaml"]


def test_a_file_that_vanishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gpus").mkdir()
    for name in ("a", "b"):
        (tmp_path / "gpus" / f"{name}.yaml").write_text("name: x")
    kept = os.open

    def vanish(path: str, *rest: int) -> int:
        if str(path).endswith("a.yaml"):
            (tmp_path / "gpus" / "a.yaml").unlink(missing_ok=True)
        return kept(path, *rest)

    monkeypatch.setattr(os, "open", vanish)
    layer = find_layer(tmp_path, "k")
    assert [source.key for source in layer.sources] == ["b"]
    assert "not there" in layer.problems[0].message and layer.problems[0].place.file == "k/gpus/a.yaml"


def test_names_that_would_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "gpus" / "deeper").mkdir(parents=True)
    (tmp_path / "gpus" / "a.yml").write_text("name: a")
    (tmp_path / "gpus" / "deeper" / "b.yaml").write_text("name: b")
    (tmp_path / "gpus" / "README.md").write_text("hello")
    (tmp_path / "gpus" / ".hidden.yaml").write_text("name: c")
    layer = find_layer(tmp_path, "k")
    assert sorted((one.code, one.place.file) for one in layer.problems) == [
        ("Y007", "k/gpus/a.yml"),
        ("Y007", "k/gpus/deeper/b.yaml"),
    ]


def test_large_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus" / "a.yaml").write_bytes(b"a" * (2 << 20))
    assert [one.code for one in find_layer(tmp_path, "k").problems] == ["Y018"]
    assert "Y018" in refusal(tmp_path / "gpus" / "a.yaml")


def test_all_files_of_a_broken_directory_are_told(tmp_path: Path) -> None:
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus" / "a.yaml").write_text("a: no")
    (tmp_path / "gpus" / "b.yaml").write_text("- 1")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "c.yaml").write_text("a: 1")
    with pytest.raises(ReadingErrors) as caught:
        load_knowledge(base=tmp_path)
    assert [one.code for one in caught.value.diagnostics] == ["Y010", "Y019", "Y019"]
    assert caught.value.exit_code == 2


def test_no_such_overlay(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_knowledge([tmp_path / "none"])
    assert "none" in str(caught.value) and caught.value.hint


SCENARIO = 'rig:\n  gpus:\n    - {gpu: "rtx_3090", count: 2}\n  p2p: false\nworkload: {users: 1, x: 0.5, none: }\n'


def test_a_document_is_parsed_once_and_its_places_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "rig.yaml"
    file.write_text(SCENARIO)
    parsed, fresh = read_yaml(file), read_document(file)
    monkeypatch.setattr("engine.reading.yaml_text.read_yaml", None)
    other = tmp_path / "other.yaml"
    other.write_text(SCENARIO)
    for node, name in ((fresh, file), (read_document(file), file), (read_document(other), other)):
        assert node == parsed and type(node["rig"]["gpus"]) is type(parsed["rig"]["gpus"])
        place = where(node, ["rig", "gpus", 0, "count"])
        assert place == where(parsed, ["rig", "gpus", 0, "count"])._replace(file=name.as_posix())
        assert where(node, ["rig", "p2p"], on_key=True).line == 4
    other.write_text(SCENARIO + "goal: {}\n")
    with pytest.raises(TypeError):
        read_document(other)  # new bytes are parsed


def test_a_kept_document_that_was_touched_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "rig.yaml"
    file.write_text(SCENARIO)
    whole = read_document(file)
    (kept,) = (tmp_path / "cache/rigwise/documents").iterdir()
    for damage in (b"", kept.read_bytes()[:-3], kept.read_bytes().replace(b"rtx_3090", b"rtx_4090")):
        kept.write_bytes(damage)
        assert read_document(file) == whole
    monkeypatch.setenv("RIGWISE_CACHE", "off")
    assert read_document(file) == whole


def test_a_document_with_problems_is_told_of_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "rig.yaml"
    file.write_text("a: 1\na: 2\n")
    for _ in range(2):
        with pytest.raises(ReadingErrors):
            read_document(file)
    assert not (tmp_path / "cache").exists()


def test_few_documents_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("engine.reading.documents.KEPT", 3)
    for number in range(6):
        file = tmp_path / "rig.yaml"
        file.write_text(f"users: {number}\n")
        assert read_document(file) == {"users": number}
    assert len(list((tmp_path / "cache/rigwise/documents").iterdir())) == 3


def test_what_a_flag_has_set_stands_where_its_mapping_does(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text("schema: 1\nrig:\n  psu_w: 1000\n  gpus: [{gpu: rtx_3090}]\n")
    tree = read_yaml(path)
    tree["rig"]["nosuch"] = 3
    tree["rig"]["gpus"].append({"gpu": "rtx_4090"})
    assert str(where(tree, ["rig", "nosuch"])) == f"{path}:3:3"
    assert where(tree, ["rig", "gpus", 1, "gpu"]).line == 4
