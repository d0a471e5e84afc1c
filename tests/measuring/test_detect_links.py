"""Links of cards: slots of cards with a switch of their own, slots told in part, and NVLinks that contradict."""

# ruff: noqa: E501 (output as tools print it)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.asking.examinations import examination
from engine.asking.readings import detected_in
from engine.reading import load_knowledge

SAMPLES = Path(__file__).parent / "samples"
KNOWLEDGE = load_knowledge()
ROOT_X8 = "00:01.0 PCI bridge: Intel Corporation Device a70d (prog-if 00 [Normal decode])\n\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0\n\t\tLnkCap:\tPort #2, Speed 32GT/s, Width x8\n"
CARD = "{}:00.0 VGA compatible controller: NVIDIA Corporation GA102 [GeForce RTX 3090] (rev a1)\n\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16\n\t\tLnkSta:\tSpeed {}, Width {}\n"
MATRIX = "\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity\nGPU0\t X \t{0}\t0-7\t0\nGPU1\t{0}\t X \t0-7\t0\n"
STATUS = "GPU {0}: NVIDIA GeForce RTX 3090 (UUID: GPU-{0})\n{1}\n"
UP = "\n".join(f"\t Link {i}: 14.062 GB/s" for i in range(4))
DOWN = "\n".join(f"\t Link {i}: <inactive>" for i in range(4))


def found(*texts: str) -> Any:
    return detected_in(list(texts), KNOWLEDGE)


def test_the_slot_of_a_card_with_a_switch_is_at_its_upstream_port() -> None:
    rig = found((SAMPLES / "lspci-vv_9060xt_own-switch.txt").read_text("utf-8")).rig
    assert rig["gpus"][0]["gpu"] == "rx_9060_xt_16gb" and rig["pcie"] == {"gen": 2, "lanes": 1}


def test_a_link_inside_of_a_card_is_no_slot() -> None:
    seen = found((SAMPLES / "lspci-vv_arc-a750_function-only.txt").read_text("utf-8"))
    assert seen.rig == {"gpus": [{"gpu": "arc_a750", "count": 1}], "bar1_mb": 256}
    assert "inside of Arc A750" in seen.refused[0] and seen.commands == ["lspci -vv"]


def test_a_slot_told_in_part_loses_none_of_the_others() -> None:
    seen = found(
        ROOT_X8
        + CARD.format("01", "16GT/s", "x8 (downgraded)")
        + CARD.format("05", "2.5GT/s (downgraded)", "x4 (downgraded)")
    )
    assert seen.rig["pcie"] == [{"gen": 4, "lanes": 8}, {"gen": 4, "lanes": 4}]
    assert any("GPU 1: the generation of its slot is not told" in one for one in seen.remarks)
    alone = found(CARD.format("05", "2.5GT/s (downgraded)", "x4 (downgraded)"))
    assert "pcie" not in alone.rig and "GPU 0: PCIe x4" in alone.remarks[0]


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ((MATRIX.format("NV4"), STATUS.format(0, DOWN) + STATUS.format(1, DOWN)), "no NVLink of GPU 0 is active, and the topology shows NV4"),
        ((MATRIX.format("PHB"), STATUS.format(0, UP) + STATUS.format(1, UP)), "4 NVLinks of GPU 0 are active, and the topology shows none"),
        ((MATRIX.format("NV4"), STATUS.format(0, UP[: 4 * 9]) + STATUS.format(1, UP)), "NVLinks of GPU 0 are active, and the topology shows NV4"),
        ((MATRIX.format("NV4"), MATRIX.format("SYS")), "two topologies differ"),
        ((STATUS.format(0, UP) + STATUS.format(1, UP[: 4 * 9]),), "have 1 and 4 active links"),
    ],
)  # fmt: skip
def test_nvlinks_that_contradict_are_told(texts: tuple[str, ...], word: str) -> None:
    seen = found(*texts)
    assert any(word in one for one in seen.remarks), seen.remarks
    assert any("which NVLinks there are" in one for one in seen.unknown)


def test_nvlinks_that_agree_are_no_contradiction() -> None:
    seen = found(MATRIX.format("NV4"), STATUS.format(0, UP) + STATUS.format(1, UP))
    assert seen.rig["nvlink"] == [[0, 1]] and not seen.unknown


def test_a_scenario_against_the_tools_is_told(tmp_path: Path) -> None:
    topo = tmp_path / "topo.txt"
    topo.write_text(
        "GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-0)\nGPU 1: NVIDIA GeForce RTX 3090 (UUID: GPU-1)\n"
        + MATRIX.format("NV4"),
        "utf-8",
    )
    remarks = examination(None, {"gpu": ["2x3090"], "nvlink": "none"}, [str(topo)], (), None)["remarks"]
    assert "the scenario says nvlink = [], the tools show [[0, 1]]: the scenario stands" in remarks
