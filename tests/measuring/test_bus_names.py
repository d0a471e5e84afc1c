"""Cards as lspci calls them: named, shared by several, with a number only, and the graphics of a processor."""

# ruff: noqa: E501 (output as tools print it)

from __future__ import annotations

import pytest

from engine.measuring.detect import detect
from engine.measuring.detect.bus_names import named_by_number
from engine.measuring.limits import finder
from engine.measuring.names import known_key
from engine.reading import load_knowledge

KNOWLEDGE = load_knowledge()
FIND, IDS = finder(KNOWLEDGE), KNOWLEDGE.entries["pci_ids"]["pci_ids"]["ids"]
AMD = "Advanced Micro Devices, Inc. [AMD/ATI]"


@pytest.mark.parametrize(
    ("shown", "gpu"),
    [
        ("01:00.0 VGA compatible controller: NVIDIA Corporation AD102 [GeForce RTX 4090] (rev a1)", "rtx_4090"),
        ("01:00.0 VGA compatible controller: NVIDIA Corporation TU102 [GeForce RTX 2080 Ti Rev. A] (rev a1)", "rtx_2080_ti"),
        ("01:00.0 3D controller [0302]: NVIDIA Corporation GA100 [A100 PCIe 80GB] [10de:20b5] (rev a1)", "a100_pcie_80gb"),
        ("01:00.0 VGA compatible controller: NVIDIA Corporation GA104 [GeForce RTX 3070 Lite Hash Rate] (rev a1)", "rtx_3070"),
        ("03:00.0 VGA compatible controller: Intel Corporation Battlemage G21 [Arc B580]", "arc_b580"),
        (f"44:00.0 Display controller: {AMD} Aldebaran/MI200 [Instinct MI210] (rev 02)", "mi210"),
        ("01:00.0 VGA compatible controller: NVIDIA Corporation Device 2684 (rev a1)", "rtx_4090"),
        ("01:00.0 VGA compatible controller [0300]: NVIDIA Corporation Device [10de:2684] (rev a1)", "rtx_4090"),
        ("01:00.0 0300: 10de:2b85 (rev a1)", "rtx_5090"),
        (f"03:00.0 VGA compatible controller [0300]: {AMD} Device [1002:73a5] (rev c0)", "rx_6950_xt"),
        ("03:00.0 VGA compatible controller [0300]: Intel Corporation Device [8086:e20b]", "arc_b580"),
        ("01:00.0 VGA compatible controller: NVIDIA Corporation Device 2fff (rev a1)", "unknown"),
        ("01:00.0 3D controller [0302]: NVIDIA Corporation Device [10de:2fff] (rev a1)", "unknown"),
        (f"03:00.0 VGA compatible controller [0300]: {AMD} Device [1002:744c] (rev c8)", "unknown"),
        (f"45:00.0 VGA compatible controller: {AMD} Navi 31 [Radeon RX 7900 XT/7900 XTX/7900M] (rev c8)", "unknown"),
    ],
)  # fmt: skip
def test_a_card_is_kept(shown: str, gpu: str) -> None:
    found = detect([shown + "\n"], find=FIND, ids=IDS)
    assert found.rig["gpus"] == [{"gpu": gpu, "count": 1}]
    assert (gpu == "unknown") == any("names" in one or "share a number" in one for one in found.remarks)


@pytest.mark.parametrize(
    "shown",
    [
        "00:02.0 VGA compatible controller: Intel Corporation Raptor Lake-S GT1 [UHD Graphics 770] (rev 04)",
        "00:02.0 VGA compatible controller: Intel Corporation Meteor Lake-P [Intel Arc Graphics] (rev 08)",
        f"0e:00.0 VGA compatible controller: {AMD} Raphael (rev c1)",
        f"0e:00.0 VGA compatible controller: {AMD} Granite Ridge [Radeon Graphics] (rev c1)",
    ],
)
def test_graphics_of_a_processor_are_said_and_not_counted(shown: str) -> None:
    card = "01:00.0 VGA compatible controller: NVIDIA Corporation GA102 [GeForce RTX 3090] (rev a1)"
    found = detect([f"{shown}\n{card}\n"], find=FIND)
    assert found.rig["gpus"] == [{"gpu": "rtx_3090", "count": 1}] and "graphics of the processor" in found.remarks[-1]


def test_the_board_of_an_accelerator_is_no_part_of_its_name() -> None:
    card = '{"card0": {"Card Series": "AMD Instinct MI300X OAM", "VRAM Total Memory (B)": "206141652992"}}'
    assert detect([card], find=FIND).rig["gpus"] == [{"gpu": "mi300x", "count": 1}]


def test_a_number_in_place_of_a_name_is_looked_up() -> None:
    listed = "GPU[0]\t\t: Card series: \t\t0x740f\nGPU[0]\t\t: Card model: \t\t0x0c34\n"
    assert detect([listed], find=FIND, ids=IDS).rig["gpus"] == [{"gpu": "mi210", "count": 1}]


def test_names_of_the_bus_are_names_of_cards() -> None:
    named = {named_by_number(maker, number, IDS) for maker in IDS for number in IDS[maker]} - {None}
    known = {key for name in named if (key := known_key(name, FIND))}
    assert len(known) > 120
