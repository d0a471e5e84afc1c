"""Rig outputs that lost something on their way: what is left is read, and what was lost is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from engine.asking import readings
from engine.measuring.detect import Detection
from engine.measuring.pasted import paste_of
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


def test_words_in_brackets_are_no_escapes() -> None:
    plain = "[message] [KV cache] [5m] [model]\n"
    assert paste_of(plain).text == plain.rstrip("\n")
    assert paste_of(f"[32m{plain}[0m\n").text.startswith("[message] [KV cache] [5m] [model]")


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


OLD_TABLE = """| NVIDIA-SMI 470.82.01    Driver Version: 470.82.01    CUDA Version: 11.4     |
|   0  Tesla V100-SXM2...  On   | 00000000:06:00.0 Off |                    0 |
| N/A   34C    P0    42W / 300W |      0MiB / 32510MiB |      0%      Default |
|   1  NVIDIA A100-SXM...  On   | 00000000:07:00.0 Off |                    0 |
| N/A   31C    P0    52W / 400W |      0MiB / 40536MiB |      0%      Default |
|   2  ERR!                On   | 00000000:08:00.0 Off |                 ERR! |
|ERR!  ERR! ERR!    N/A / ERR!  | GPU is lost  |    ERR!                 ERR! |
"""


def test_a_name_cut_inside_a_word_and_a_card_that_is_lost(knowledge: Knowledge) -> None:
    found = detected(OLD_TABLE, knowledge)
    assert [group["gpu"] for group in found.rig["gpus"]] == ["v100_sxm2_32gb", "a100_sxm4_40gb", "unknown"]
    assert "GPU 2: the driver has lost it" in found.refused[0] and not found.unknown_gpus


AMD_TABLE = """| AMD-SMI 26.0.0+37d158ab      amdgpu version: 6.14.14  ROCm version: 7.0.0    |
| BDF                        GPU-Name | Mem-Uti   Temp   UEC       Power-Usage |
| 0000:05:00.0    AMD Instinct MI300X | 0 %      37 °C   0           131/750 W |
|   0       0       0        SPX/NPS1 | 0 %        N/A           285/196592 MB |
| 0000:26:00.0    AMD Instinct MI300X | 0 %      37 °C   0           131/750 W |
|   1       1       1        SPX/NPS1 | 0 %        N/A           285/196592 MB |
"""


def test_amd_smi_without_a_command_and_its_list(knowledge: Knowledge) -> None:
    found = detected(AMD_TABLE, knowledge)
    assert found.rig["gpus"] == [{"gpu": "mi300x", "count": 2, "power_limit_w": 750}]
    assert found.driver_version == "6.14.14"
    listed = detected("GPU: 0\n    BDF: 0000:83:00.0\n    UUID: 74ff\n\nGPU: 1\n    BDF: 0000:43:00.0\n", knowledge)
    assert len(listed.gpus) == 2


def test_links_that_are_down_are_counted(knowledge: Knowledge) -> None:
    link = "\t Link {}: {}\n"
    links = "".join(link.format(n, "14.062 GB/s" if n < 2 else "<inactive>") for n in range(4))
    text = "".join(f"GPU {n}: NVIDIA GeForce RTX 3090 (UUID: GPU-{n})\n{links}" for n in range(2))
    assert "GPU 1: 2 of 4 NVLinks are inactive" in detected(text, knowledge).remarks


def test_a_driver_that_does_not_answer_is_said(knowledge: Knowledge) -> None:
    text = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n"
    assert "has failed" in detected(text, knowledge).refused[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_what_is_piped_in_is_read_in_every_encoding_of_a_file(encoding: str) -> None:
    text = "GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-1)\r\nGPU 1: NVIDIA GeForce RTX 3090 (UUID: GPU-2)\r\n"
    said = CliRunner().invoke(main, ["detect", "--from", "-", "--format", "json"], input=text.encode(encoding))
    assert json.loads(said.stdout)["rig"]["gpus"] == [{"gpu": "rtx_3090", "count": 2}]


def test_a_table_or_a_list_that_is_cut_off_says_so(knowledge: Knowledge) -> None:
    table = (Path(__file__).parent / "samples" / "nvidia-smi-table_2x3090_driver610.txt").read_text("utf-8")
    assert not detected(table, knowledge).refused
    first_card = table[: table.index("|   1  NVIDIA")]
    assert "cards may be lost" not in str(detected(first_card, knowledge).refused), "it ends at a border"
    assert "cut off here" in detected(table[: table.index("\n+", table.index("|   0  "))], knowledge).refused[0]
    listed = detected("GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-1)\nGPU 1: NVIDIA GeForce RT", knowledge)
    assert listed.refused == ["pasted text:2: the line of GPU 1 is cut off: the card is left out"]
