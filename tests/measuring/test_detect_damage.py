"""Rig outputs that lost something on their way: what is left is read, and what was lost is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.asking import readings
from engine.measuring.detect import Detection
from engine.reading import Knowledge

XML = (Path(__file__).parent / "variants" / "xml.xml").read_text("utf-8")
MATRIX = (
    "\t{0}4mGPU0\tGPU1\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID{0}0m\n"
    "GPU0\t X \tNV4\t0-31\t0\t\tN/A\nGPU1\tNV4\t X \t0-31\t0\t\tN/A\n"
)


def detected(text: str, knowledge: Knowledge) -> Detection:
    return readings.detected_in([text], knowledge)


@pytest.mark.parametrize("escape", ["\x1b[", "[", "^[[", "\\x1b[", "\\e[", "\\033[", "\u241b[", "\ufffd[", "\u2190["])
def test_escapes_that_were_spelt_out_or_lost(escape: str, knowledge: Knowledge) -> None:
    assert detected(MATRIX.format(escape), knowledge).rig["nvlink"] == [[0, 1]]


@pytest.mark.parametrize("cut", range(XML.index("41:00.0") + 10, XML.rindex("</gpu>"), 40))
def test_a_card_that_is_cut_off_is_named_and_its_loss_is_said(cut: int, knowledge: Knowledge) -> None:
    found = detected(XML[:cut], knowledge)
    named = "</product_name>" in XML[XML.index("41:00.0") : cut]
    assert [group["gpu"] for group in found.rig["gpus"]] == ["rtx_a6000", "rtx_3090" if named else "unknown"]
    assert "GPU 1" in found.refused[0] and "lost" in found.refused[0]


def test_damage_in_one_card_loses_no_other(knowledge: Knowledge) -> None:
    hurt = XML.replace("<performance_state>P8</performance_state>", "<performance_state>P8</perf", 1)
    found = detected(hurt, knowledge)
    assert [group["gpu"] for group in found.rig["gpus"]] == ["rtx_a6000", "rtx_3090"]
    assert "GPU 0 (NVIDIA RTX A6000)" in found.refused[0]
    headless = detected(XML[XML.index("<gpu id") :], knowledge)
    assert headless.rig == detected(XML, knowledge).rig and not headless.refused


def test_cards_beyond_the_first_are_kept_where_some_are_missing(knowledge: Knowledge) -> None:
    found = detected(XML.replace("<attached_gpus>2<", "<attached_gpus>4<"), knowledge)
    assert [group["gpu"] for group in found.rig["gpus"]] == ["rtx_a6000", "rtx_3090"]
    assert any("4 GPUs" in remark for remark in found.remarks)
