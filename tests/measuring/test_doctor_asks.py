"""What the doctor and detect ask a person to run is read when it is pasted back."""

# ruff: noqa: E501 (output as tools print it)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from engine.asking import commands, readings
from engine.asking.examinations import examination
from engine.errors import RigwiseError
from engine.measuring.detect import Detection
from engine.paths import KNOWLEDGE
from engine.reading import Knowledge

HERE = Path(__file__).parent
SAMPLES, VARIANTS = HERE / "samples", HERE / "variants"
BAR1 = "    BAR1 Memory Usage\n        Total                             : 256 MiB\n        Used                              : 3 MiB\n        Free                              : 253 MiB\n"
LINK = """        GPU Link Info
            PCIe Generation
                Max                       : {0}
                Current                   : 1
                Device Current            : 1
                Device Max                : 4
                Host Max                  : {0}
            Link Width
                Max                       : 16x
                Current                   : {1}x
"""
POWER = """==============NVSMI LOG==============

Driver Version                            : 570.133.07
CUDA Version                              : 12.8

Attached GPUs                             : 1
GPU 00000000:01:00.0
    GPU Power Readings
        Average Power Draw                : 21.10 W
        Instantaneous Power Draw          : 20.80 W
        Current Power Limit               : 250.00 W
        Requested Power Limit             : 250.00 W
        Default Power Limit               : 350.00 W
        Min Power Limit                   : 100.00 W
        Max Power Limit                   : 366.00 W
"""
PS = "/usr/bin/python3 /usr/local/bin/vllm serve Qwen/QwQ-32B-AWQ --tensor-parallel-size 2 --enforce-eager --api-key sk-SECRET\nVLLM::Worker_TP0\ngrep -E vllm|llama-server|ollama|sglang\n"
NUMA = "available: 2 nodes (0-1)\nnode 0 cpus: 0 1\nnode 0 size: 64000 MB\nnode 1 cpus: 2 3\nnode 1 size: 64000 MB\n"

AMD_BUS = """03:00.0 VGA compatible controller: Advanced Micro Devices, Inc. [AMD/ATI] Navi 31 [Radeon RX 7900 XTX] (rev c8)
\tRegion 0: Memory at 6800000000 (64-bit, prefetchable) [size=32G]
\tRegion 2: Memory at 7000000000 (64-bit, prefetchable) [size=256M]
\tRegion 5: Memory at f6a00000 (32-bit, non-prefetchable) [size=1M]
\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16, ASPM L0s L1
\t\tLnkSta:\tSpeed 16GT/s, Width x8 (downgraded)
"""
AMD_TABLE = """| AMD-SMI 26.0.0+37d158ab      amdgpu version: 6.14.14  ROCm version: 7.0.0    |
| 0000:05:00.0    AMD Instinct MI300X | 0 %      37 °C   0           131/750 W |
|   0       0       0        SPX/NPS1 | 0 %        N/A           285/196592 MB |
"""

Check = Callable[[Detection], object]
# Beginning of a command, what it prints, and what of that must be known afterwards.
ANSWERS: tuple[tuple[str, str, Check], ...] = (
    ("nvidia-smi --query-compute-apps", "pid, process_name, used_gpu_memory [MiB]\n1234, /home/bob/bin/python3, 21034 MiB\n", lambda one: "python3 holds 21034 MiB" in one.remarks[0]),
    ("nvidia-smi --query-gpu=index,pcie.link.gen.max,pcie.link.width.max,pcie.link.width.current", "index, pcie.link.gen.max, pcie.link.width.max, pcie.link.width.current\n0, 4, 16, 8\n", lambda one: one.rig["pcie"] == {"gen": 4, "lanes": 8}),
    ("nvidia-smi --query-gpu=index,pcie.link.gen.max,pcie.link.width.max", "index, pcie.link.gen.max, pcie.link.width.max\n0, 2, 4\n", lambda one: one.rig["pcie"] == {"gen": 2, "lanes": 4}),
    ("nvidia-smi --query-gpu=index,pcie.link.gen.current,pstate", "index, pcie.link.gen.current, pstate\n0, 4, P2\n", lambda one: one.rig["pcie_gen_observed"] == 4),
    ("nvidia-smi --query-gpu=index,power.limit,power.default_limit", "index, power.limit [W], power.default_limit [W]\n0, 250.00 W, 350.00 W\n", lambda one: "capped at 250 W" in one.remarks[0]),
    ('nvidia-smi -q | grep -A 12 "GPU Link Info"', LINK.format(3, 8) + "--\n" + LINK.format(4, 16), lambda one: one.rig["pcie"] == [{"gen": 3, "lanes": 8}, {"gen": 4, "lanes": 16}]),
    ("nvidia-smi -q | grep -A 3 BAR1", BAR1 + "--\n" + BAR1.replace("256", "32768"), lambda one: one.rig["bar1_mb"] == 256 and len(one.gpus) == 2),
    ("nvidia-smi -q -d POWER", POWER, lambda one: one.rig["gpus"][0]["power_limit_w"] == 250),
    ("nvidia-smi topo -p2p rw", (SAMPLES / "topo-p2p-rw-03_2x3090_OK.txt").read_text("utf-8"), lambda one: one.rig["p2p"] is True),
    ("nvidia-smi topo -m", (SAMPLES / "topo-01_4x3090_nvlink-pairs_NV4-PHB-NODE.txt").read_text("utf-8") + NUMA, lambda one: one.rig["nvlink"] == [[0, 2], [1, 3]]),
    ("nvidia-smi nvlink --status", (SAMPLES / "nvlink-status_2x3090.txt").read_text("utf-8"), lambda one: one.rig["nvlink"] == [[0, 1]]),
    ("nvidia-smi -L", (VARIANTS / "mig_L.txt").read_text("utf-8"), lambda one: one.rig["gpus"][0]["gpu"] == "a100_sxm4_80gb"),
    ("nvidia-smi -q", (VARIANTS / "q.txt").read_text("utf-8"), lambda one: one.rig["gpus"][0]["gpu"] == "rtx_3090"),
    ("nvidia-smi", (VARIANTS / "h100_table.txt").read_text("utf-8"), lambda one: one.driver_version),
    ("sudo lspci -vvv | grep -i acsctl", "\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-\nBOOT_IMAGE=/vmlinuz ro intel_iommu=on\n", lambda one: one.rig["acs_enabled"] is True),
    ("lspci -vv", (SAMPLES / "lspci_acsctl_lnksta_3090.txt").read_text("utf-8"), lambda one: "acs_enabled" in one.rig),
    ("lspci -vv", AMD_BUS, lambda one: one.rig["bar1_mb"] == 32768 and one.rig["pcie"] == {"gen": 4, "lanes": 8}),
    ("cat /proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.133.07  Fri Mar 14 13:12:07 UTC 2025\n", lambda one: one.driver_version == "570.133.07"),
    ("amd-smi", AMD_TABLE, lambda one: one.driver_version == "6.14.14" and one.rig["gpus"][0]["power_limit_w"] == 750),
    ("numactl --hardware", NUMA, lambda one: one.rig["host"]["ram_gb"] == 134.2),
    ("ps -eo args", PS, lambda one: one.workload == {"engine": "vllm", "model": "qwq_32b", "quantization": "awq_int4", "parallelism": {"tensor": 2}, "engine_flags": ["--enforce-eager"]}),
    ("rocm-smi --showtopo", (VARIANTS / "rocm.txt").read_text("utf-8"), lambda one: one.rig["gpus"]),
    ("rocm-smi --showproductname", (VARIANTS / "rocm.txt").read_text("utf-8"), lambda one: one.rig["gpus"]),
)  # fmt: skip


def asked() -> Iterator[str]:
    """Every command that tells, of the doctor's rules and of detect."""
    for rule in yaml.safe_load((KNOWLEDGE / "rules" / "doctor.yaml").read_text("utf-8")):
        for fact in rule["then"] if isinstance(rule["then"], list) else [rule["then"]]:
            if (fact["kind"] == "ask" or fact.get("does") == "tells") and fact.get("command", "$")[:1] not in ("", "$"):
                yield fact["command"]
    for file in ("detection.py", "nvml.py"):
        source = (KNOWLEDGE.parent / "engine" / "measuring" / "detect" / file).read_text("utf-8")
        yield from re.findall(r"[\"`]((?:nvidia-smi|rocm-smi|lspci)(?: [\w-]+)*)[\"`]", source)


@pytest.mark.parametrize("command", sorted(set(asked())))
def test_every_command_that_is_asked_for_has_an_answer_that_is_read(command: str) -> None:
    if command.startswith("rigwise "):
        assert command.split()[1] in commands.MODULES
    else:
        assert any(command.startswith(asks) for asks, _, _ in ANSWERS), "add what it prints to ANSWERS"


@pytest.mark.parametrize("place", range(len(ANSWERS)), ids=[one[0] for one in ANSWERS])
def test_answers_are_read(place: int, knowledge: Knowledge) -> None:
    _, printed, known = ANSWERS[place]
    assert known(readings.detected_in([printed], knowledge))


def test_flags_and_layout_of_a_running_server_are_checked_and_no_secret_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "ps.txt"
    path.write_text(PS, "utf-8")
    document = examination(None, {"gpu": ["2x3090"]}, [str(path)], (), None)
    rules = {check["rule"] for area in document["areas"] for check in area["checks"]}
    assert "eager_forced" in rules and document["scenario"]["workload"]["parallelism"]["tensor"] == 2
    assert "SECRET" not in str(document)


OLLAMA = "NAME          ID              SIZE     PROCESSOR          CONTEXT    UNTIL\nqwen3:32b     030ee887880f    29 GB    {}    4096       4 minutes from now\n"


@pytest.mark.parametrize(("processor", "share"), [("21%/79% CPU/GPU", 0.21), ("100% GPU", 0.0), ("100% CPU", 1.0)])
def test_what_an_engine_says_of_the_processor_is_read(processor: str, share: float, knowledge: Knowledge) -> None:
    found = readings.detected_in([OLLAMA.format(processor)], knowledge)
    assert found.on_host == share and found.workload["model"] == "qwen3_32b"


@pytest.mark.parametrize(
    ("line", "workload"),
    [
        ("/opt/llama.cpp/build/bin/llama-server -m /models/Qwen3-32B-Q4_K_M.gguf -c 65536 --parallel 2 -sm row --port 80",
         {"engine": "llama_cpp", "model": "qwen3_32b", "quantization": "q4_k_m", "parallelism": {"split_mode": "row"}, "context_tokens": 32768, "engine_flags": ["--parallel 2"]}),
        ("/opt/ik_llama.cpp/build/bin/llama-server -m /x/q.gguf -ngl 99", {"engine": "ik_llama_cpp", "engine_flags": ["-ngl 99"]}),
        ("CUDA_VISIBLE_DEVICES=0,1 NCCL_P2P_DISABLE=1 vllm serve /data/QwQ-32B -tp 2",
         {"engine": "vllm", "model": "qwq_32b", "parallelism": {"tensor": 2}, "engine_flags": ["CUDA_VISIBLE_DEVICES=0,1", "NCCL_P2P_DISABLE=1"]}),
        ("python -m sglang.launch_server --model-path Qwen/QwQ-32B --tp=4 --context-length 8192", {"engine": "sglang", "model": "qwq_32b", "parallelism": {"tensor": 4}, "context_tokens": 8192}),
    ],
)  # fmt: skip
def test_servers(line: str, workload: dict[str, object], knowledge: Knowledge) -> None:
    assert readings.detected_in([line], knowledge).workload == workload


def test_an_odd_name_of_a_card_breaks_no_command(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("GPU 0: NVIDIA {card[name]} {x (UUID: GPU-1)\n", "utf-8")
    document = examination(None, {}, [str(path)], (), None)
    added = document["areas"][0]["checks"][0]["command"]
    assert "{card[name]} {x" in added


@pytest.mark.parametrize(("gpu", "tool"), [("2x RX 7900 XTX", "rocm-smi"), ("2x3090", "nvidia-smi")])
def test_each_maker_has_its_own_tools(gpu: str, tool: str) -> None:
    document = examination(None, {"gpu": [gpu]}, [], (), None)
    smi = {word for area in document["areas"] for check in area["checks"] if check["status"] == "unknown"
           for word in re.findall(r"(?:nvidia|rocm)-smi", check["command"] or "")}  # fmt: skip
    assert smi == {tool}


def test_one_chip_has_no_slots_to_check() -> None:
    document = examination(None, {"gpu": ["m2_ultra"]}, [], (), None)
    assert {area["status"] for area in document["areas"] if area["id"] in ("slots", "bar1", "power", "supply")} == {
        "ok"
    }


def test_a_broken_overlay_is_refused_by_detect_too(tmp_path: Path) -> None:
    (tmp_path / "engines").mkdir()
    (tmp_path / "engines" / "vllm.yaml").write_text('process: "x"\n', "utf-8")
    path = tmp_path / "ps.txt"
    path.write_text(PS, "utf-8")
    with pytest.raises(RigwiseError, match="must be a mapping"):
        readings.detection([str(path)], [tmp_path])


def test_what_lifts_a_limit_is_of_the_maker_of_the_card(tmp_path: Path) -> None:
    path = tmp_path / "amd.txt"
    path.write_text(AMD_TABLE.replace("131/750", "131/500"), "utf-8")
    power = [area for area in examination(None, {}, [str(path)], (), None)["areas"] if area["id"] == "power"]
    assert power[0]["checks"][0]["command"].startswith("sudo rocm-smi -d GPU --setpoweroverdrive 750   # ")
