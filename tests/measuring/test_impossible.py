"""Numbers that no card of its name can have are refused with the reason, and leave the rest of the rig alone."""

# ruff: noqa: E501 (output as tools print it)

from __future__ import annotations

import pytest

from engine.asking.examinations import examined
from engine.measuring.detect import Detection, detect
from engine.measuring.limits import entry_by_name, finder
from engine.reading import load_knowledge

KNOWLEDGE = load_knowledge()
HEAD = "index, name, memory.total [MiB], pcie.link.gen.max, pcie.link.width.current, power.limit [W], power.max_limit [W]\n"
TOPOLOGY = """\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity
GPU0\t X \tNV4\t0-15\t0
GPU1\tNV4\t X \t0-15\t0
"""


def found_in(*texts: str) -> Detection:
    return detect(list(texts), find=finder(KNOWLEDGE), gpu_facts=entry_by_name(KNOWLEDGE))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("819200 MiB, 4, 16, 350.00 W, 366.00 W", "819200 MiB of memory"),
        ("24576 MiB, 9, 16, 350.00 W, 366.00 W", "PCIe generation 9"),
        ("24576 MiB, 5, 16, 350.00 W, 366.00 W", "PCIe generation 5"),
        ("24576 MiB, 4, 64, 350.00 W, 366.00 W", "PCIe x64"),
        ("24576 MiB, 4, 16, 9999.00 W, 366.00 W", "a limit of 9999 W"),
        ("24576 MiB, 4, 16, 350.00 W, 366.00 W", ""),
    ],
)
def test_an_impossible_number_is_refused(row: str, reason: str) -> None:
    found = found_in(f"{HEAD}0, NVIDIA GeForce RTX 3090, {row}\n")
    assert [group["gpu"] for group in found.rig["gpus"]] == ["rtx_3090"]
    assert [reason in one for one in found.refused] == ([True] if reason else [])
    assert ("pcie" in found.rig) == ("PCIe" not in reason)
    assert ("power_limit_w" in found.rig["gpus"][0]) == ("W" not in reason)


def test_nvlinks_of_a_card_without_are_refused() -> None:
    links = "".join(f"GPU {i}: NVIDIA GeForce RTX 4090 (UUID: GPU-{i})\n\t Link 0: 14.062 GB/s\n" for i in range(2))
    found = found_in(links)
    assert "nvlink" not in found.rig and "has none" in found.refused[0]


def test_a_topology_of_fewer_cards_is_of_another_machine() -> None:
    cards = "".join(f"GPU {i}: NVIDIA GeForce RTX 3090 (UUID: GPU-{i})\n" for i in range(4))
    assert "nvlink" in found_in("".join(cards.splitlines(keepends=True)[:2]), TOPOLOGY).rig
    found = found_in(cards, TOPOLOGY)
    assert "nvlink" not in found.rig and "is of 2 GPUs, 4 are shown" in found.refused[0]


def test_a_card_with_twice_its_memory_is_another_variant() -> None:
    found = found_in(f"{HEAD}0, NVIDIA GeForce RTX 3070, 16384 MiB, 4, 16, 220.00 W, 250.00 W\n")
    assert found.unknown_gpus and "another variant" in found.remarks[0]


def test_a_card_that_the_driver_cannot_reach_hides_nothing_of_the_others() -> None:
    gpu = "<gpu><product_name>{}</product_name><fb_memory_usage><total>24576 MiB</total></fb_memory_usage><bar1_memory_usage><total>256 MiB</total></bar1_memory_usage></gpu>"
    log = f"<nvidia_smi_log><attached_gpus>2</attached_gpus>{gpu.format('NVIDIA GeForce RTX 3090')}{gpu.format('[Unknown Error]')}</nvidia_smi_log>"
    found = found_in(log)
    assert [group["gpu"] for group in found.rig["gpus"]] == ["rtx_3090", "unknown"] and not found.unknown_gpus
    status = {area["id"]: area["status"] for area in examined({"rig": found.rig}, found, KNOWLEDGE, None)["areas"]}
    assert status["bar1"] == "warn" and status["driver"] == "bad"
