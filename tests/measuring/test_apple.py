"""Apple's chips by name and by the cores of their GPU, in text and in JSON."""

from __future__ import annotations

import json

import pytest

from engine.measuring.detect import Detection, detect
from engine.measuring.limits import entry_by_name, finder
from engine.reading import load_knowledge

KNOWLEDGE = load_knowledge()
TEXT = """Hardware:
    Hardware Overview:
      Chip: Apple {chip}
      Total Number of Cores: 28 (20 performance and 8 efficiency)
      Memory: {memory} GB
Graphics/Displays:
    Apple {chip}:
      Chipset Model: Apple {chip}
      Total Number of Cores: {cores}
"""


def found_in(text: str) -> Detection:
    return detect([text], find=finder(KNOWLEDGE), gpu_facts=entry_by_name(KNOWLEDGE))


@pytest.mark.parametrize(
    ("chip", "cores", "memory", "gpu"),
    [
        ("M3 Ultra", 60, 96, "m3_ultra_60_core"),
        ("M3 Ultra", 60, 256, "m3_ultra_60_core"),
        ("M3 Ultra", 80, 512, "m3_ultra"),
        ("M4 Max", 32, 36, "m4_max_32_core"),
        ("M4 Max", 40, 128, "m4_max"),
        ("M4 Pro", 16, 24, "Apple M4 Pro (16-core GPU)"),
    ],
)
def test_cores_tell_chips_of_one_name_apart(chip: str, cores: int, memory: int, gpu: str) -> None:
    display = {"sppci_model": f"Apple {chip}", "sppci_cores": str(cores)}
    record = {"SPHardwareDataType": [{"physical_memory": f"{memory} GB"}], "SPDisplaysDataType": [display]}
    for text in (TEXT.format(chip=chip, cores=cores, memory=memory), json.dumps(record, indent=2)):
        found = found_in(text)
        assert found.rig["gpus"] == [{"gpu": gpu, "count": 1}]
        assert found.rig["host"]["ram_gb"] == pytest.approx(memory * 1.0737, rel=3e-3)


def test_a_chip_whose_cores_are_not_told_is_said_to_be_assumed() -> None:
    found = found_in("machdep.cpu.brand_string: Apple M3 Ultra\nhw.memsize: 103079215104\n")
    assert found.rig["gpus"] == [{"gpu": "m3_ultra", "count": 1}] and "cores" in found.remarks[0]
