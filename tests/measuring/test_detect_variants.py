"""Outputs in other versions, and the same ones as people paste them, with the names of the real knowledge."""

# ruff: noqa: E501 (a case a line)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.asking import readings
from engine.measuring.detect import Detection, detect
from engine.reading import Knowledge

VARIANTS = Path(__file__).parent / "variants"
H100 = [
    {"gpu": "h100_sxm5_80gb", "count": 1, "power_limit_w": 700},
    {"gpu": "h100_sxm5_80gb", "count": 1, "power_limit_w": 700, "mig": True},
]
RIGS: dict[str, dict[str, Any]] = {
    "h100_table.txt": {"gpus": H100},
    "old470.txt": {"gpus": [{"gpu": "unknown", "count": 1, "power_limit_w": 350}, {"gpu": "tesla_p40", "count": 1, "power_limit_w": 250}]},
    "mig_L.txt": {
        "gpus": [{"gpu": "a100_sxm4_80gb", "count": 2, "mig": "3g.40gb"}, {"gpu": "a100_sxm4_80gb", "count": 1}],
    },
    "h100topo.txt": {"gpus": [{"gpu": "unknown", "count": 8}], "nvlink": "full", "numa_nodes": [0, 0, 0, 0, 1, 1, 1, 1]},
    "gb200.txt": {"gpus": [{"gpu": "NVIDIA GB200", "count": 4}], "nvlink": "full", "numa_nodes": [0, 0, 1, 1]},
    "mixed.csv": {
        "gpus": [{"gpu": "rtx_4090", "count": 1, "power_limit_w": 450}, {"gpu": "rtx_3090", "count": 1, "power_limit_w": 280}],
        "pcie": [{"gen": 4, "lanes": 16}, {"gen": 3, "lanes": 4}], "pcie_gen_observed": 1, "pcie_observed_at": "idle",
    },
    "noheader.csv": {"gpus": [{"gpu": "l40s", "count": 2}]},
    "laptop.txt": {"gpus": [{"gpu": "rtx_4090_laptop", "count": 1, "power_limit_w": 175}]},
    "q.txt": {
        "gpus": [{"gpu": "rtx_3090", "count": 1, "power_limit_w": 250}, {"gpu": "rtx_3090", "count": 1, "power_limit_w": 350}],
        "pcie": [{"gen": 3, "lanes": 8}, {"gen": 4, "lanes": 16}], "pcie_gen_observed": [1, 4], "pcie_observed_at": ["idle", "load"], "bar1_mb": 256,
    },
    "xml.xml": {
        "gpus": [{"gpu": "rtx_a6000", "count": 1, "power_limit_w": 300}, {"gpu": "rtx_3090", "count": 1, "power_limit_w": 350}],
        "pcie": [{"gen": 4, "lanes": 16}, {"gen": 3, "lanes": 4}], "pcie_gen_observed": 1, "pcie_observed_at": "idle", "bar1_mb": 65536,
    },
    "topo_ampere6.txt": {"gpus": [{"gpu": "unknown", "count": 6}], "nvlink": [[0, 1], [2, 3], [4, 5]], "numa_nodes": [0, 0, 1, 1, 1, 1]},
    "lscpu_de.txt": {"host": {"cpu": "AMD EPYC 7532 32-Core Processor", "sockets": 1}},
    "numactl.txt": {"host": {"ram_gb": 270.3}},
    "wsl.txt": {"gpus": [{"gpu": "rtx_4090", "count": 1, "power_limit_w": 450}]},
    "rocm.txt": {"gpus": [{"gpu": "mi210", "count": 2}]},
    "rocm_table.txt": {"gpus": [{"gpu": "unknown", "count": 2, "power_limit_w": 327}]},
    "amdsmi.txt": {"gpus": [{"gpu": "rx_7900_xtx", "count": 1, "power_limit_w": 327}], "pcie": {"gen": 4, "lanes": 16}},
    "apple.txt": {"gpus": [{"gpu": "m2_ultra", "count": 1}], "host": {"cpu": "Apple M2 Ultra", "ram_gb": 206.2}},
}  # fmt: skip


def detected(text: str, knowledge: Knowledge) -> Detection:
    return readings.detected_in([text], knowledge)


@pytest.mark.parametrize("name", RIGS)
def test_other_versions(name: str, knowledge: Knowledge) -> None:
    assert detected((VARIANTS / name).read_text("utf-8"), knowledge).rig == RIGS[name]


def test_all_variants_are_listed() -> None:
    assert {path.name for path in VARIANTS.iterdir()} - {"README.md"} == set(RIGS)


def wrapped(lead: str) -> Callable[[str], str]:
    return lambda text: "\n".join(lead + line for line in text.splitlines())


DRESSED: dict[str, Callable[[str], str]] = {
    "prompt": lambda text: f"user@host:~$ nvidia-smi\n{text}user@host:~$ ",
    "fence": lambda text: f"My rig:\n\n```\n{text}```\nthanks",
    "indented": wrapped("    "),
    "quoted": wrapped("> "),
    "compose": wrapped("vllm-1  | "),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "drawn": lambda text: text.replace("|", "│").replace("-", "─").replace("+", "┼"),
    "no-break spaces": lambda text: text.replace("  ", "\u00a0 "),
    "HTML": lambda text: text.replace("  ", "&nbsp; "),
    "HTML of JSON": lambda text: text + '{"a": 1}'.replace('"', "&quot;"),
    "colours": lambda text: text.replace("NVIDIA H100", "\x1b[1;32mNVIDIA H100\x1b[0m"),
}


@pytest.mark.parametrize("dress", DRESSED)
def test_as_people_paste_it(dress: str, knowledge: Knowledge) -> None:
    text = (VARIANTS / "h100_table.txt").read_text("utf-8")
    found = detected(DRESSED[dress](text), knowledge)
    assert found.rig == {"gpus": H100}, dress
    assert any("MIG" in remark for remark in found.remarks)


def test_a_cut_name_is_completed_by_its_memory_and_never_guessed(knowledge: Knowledge) -> None:
    laptop = (VARIANTS / "laptop.txt").read_text("utf-8")
    assert detected(laptop, knowledge).rig["gpus"][0]["gpu"] == "rtx_4090_laptop"
    cut = detected(laptop.replace("16376", "13000"), knowledge)
    assert "cut its name off" in cut.remarks[0] and not cut.unknown_gpus
    told = detected(laptop.replace("RTX 4090 ...", "RTX 3080 ...").replace("16376", "12288"), knowledge)
    assert told.rig["gpus"][0]["gpu"] == "rtx_3080_ti"


def test_memory_that_is_not_that_of_the_entry_makes_another_card(knowledge: Knowledge) -> None:
    wsl = (VARIANTS / "wsl.txt").read_text("utf-8")
    odd = detected(wsl.replace("24564MiB", "16376MiB"), knowledge)
    assert odd.rig["gpus"][0]["gpu"] == "NVIDIA GeForce RTX 4090" and odd.unknown_gpus[0].command.startswith(
        "rigwise add gpu"
    )
    large = detected(wsl.replace("24564MiB", "49140MiB"), knowledge)
    assert large.rig["gpus"][0]["gpu"] == "rtx_4090_48gb"


def test_a_file_that_nothing_reads_is_named_beside_one_that_is_read(tmp_path: Path) -> None:
    cards, junk = tmp_path / "cards.txt", tmp_path / "junk.txt"
    cards.write_text("GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-1)\n", "utf-8")
    junk.write_text("nothing of the kind\n", "utf-8")
    assert detect([cards, junk]).remarks == ["no tool output recognised in junk.txt"]
