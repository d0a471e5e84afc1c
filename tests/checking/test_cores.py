"""Work over the cores gives what work in one process gives, and a worker that dies costs no finding."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from engine import cores
from engine.checking import first_look, pipeline
from engine.paths import KNOWLEDGE
from engine.reading.entries import Resolver, values_of
from engine.reading.place import Map

GOOD = Path(__file__).with_name("good")


def test_results_come_in_order() -> None:
    assert list(cores.each(str, range(200), share=7)) == [str(number) for number in range(200)]


def test_a_worker_that_dies_is_replaced_by_this_process() -> None:
    home = os.getpid()

    def dies_elsewhere(number: int) -> int:
        if number == 30 and os.getpid() != home:
            os._exit(9)
        return number

    assert list(cores.each(dies_elsewhere, range(60), share=5)) == list(range(60))


def test_findings_do_not_depend_on_the_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    home = tmp_path / "k"
    shutil.copytree(GOOD, home)
    card = home / "gpus" / "card_a.yaml"
    card.write_text(
        card.read_text("utf-8").replace("vram_gib: 24", "vram_gib: -24").replace("gen: 4", "gen: 44"), "utf-8"
    )
    (home / "gpus" / "broken.yaml").write_text("schema: 1\nname: [", "utf-8")
    alone = list(pipeline.validate([home], base=home, today=date(2026, 11, 23)))
    for room in (pipeline, first_look):
        monkeypatch.setattr(room, "WORTH_IT", 1)
    assert list(pipeline.validate([home], base=home, today=date(2026, 11, 23))) == alone
    assert len(alone) > 3


def test_values_for_many_entries_are_those_of_one() -> None:
    run = pipeline._Run(KNOWLEDGE, {KNOWLEDGE: []}, date(2026, 11, 23))
    library = run._library(run.documents)
    for kind in ("gpus", "models", "links", "vocabulary"):
        for stack in library.stacks[kind].values():
            nodes = [document.node for document in stack if isinstance(document.node, Map)]
            resolved = Resolver(library.policy, stack[0].file).entry(nodes)
            assert values_of(nodes, library.policy) == resolved
