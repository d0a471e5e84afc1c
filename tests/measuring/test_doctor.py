"""`doctor`: each area judged by rules, from what is given and from what tools show."""

# ruff: noqa: E501 (a case a line)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from engine.asking.examinations import examination
from engine.errors import BadInput
from engine.paths import KNOWLEDGE
from engine.showing import FORMATS

SAMPLES = Path(__file__).parent / "samples"
SCHEMA = json.loads((KNOWLEDGE.parent / "schemas/output/doctor.schema.json").read_text("utf-8"))
QWQ = {"model": "qwq_32b", "quant": "fp8", "engine": "vllm", "tensor": "4"}


def examined(sources: list[str], **flags: Any) -> dict[str, Any]:
    document = examination(None, flags, sources, (), None)
    Draft7Validator(SCHEMA).validate(document)
    proofs = document["proofs"]
    assert all(check["proof"] in proofs for area in document["areas"] for check in area["checks"])
    return document


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {area["id"]: area["status"] for area in document["areas"]}


def rules(document: dict[str, Any]) -> set[str]:
    return {check["rule"] for area in document["areas"] for check in area["checks"]}


RIG = {"gpu": ["4x3090"], "nvlink": "0-1,2-3", "pcie": "4.0x16", **QWQ}


def test_a_bare_rig_is_mostly_unknown_and_never_bad() -> None:
    document = examined([], gpu=["rtx_3090"])
    assert document["counts"]["bad"] == document["counts"]["warn"] == 0
    told = statuses(document)
    assert {told[area] for area in ("slots", "supply", "memory", "flags", "bar1")} == {"unknown"}
    assert all(area["checks"][0]["command"] for area in document["areas"] if area["status"] == "unknown")


BUSY = {
    "pcie": "4.0x16,4.0x16,4.0x16,2.0x4",
    "psu": "1200",
    "power_limit": "300",
    "engine_flag": ["--enforce-eager", "NCCL_P2P_DISABLE=1"],
    "set": ["rig.acs_enabled=true", "rig.bar1_mb=256", "rig.numa_nodes=[0,0,1,1]"],
    "tensor": "2",
}
CALM = {
    "psu": "6000",
    "engine_flag": ["--max-num-seqs 8"],
    "set": [
        "rig.acs_enabled=false", "rig.bar1_mb=32768", "rig.pcie_gen_observed=1", "rig.pcie_observed_at=idle",
        "rig.driver=stock", "rig.host.sockets=1",
    ],
}  # fmt: skip
ODD = {"gpu": ["2x3090", "1x4090"], "nvlink": "none", "tensor": "3", "pcie": "4.0x8", "psu": "1600"}
PATCHED = {
    "driver": "p2p_patched", "p2p": True, "nvlink": "none", "quant": "awq_int4", "model": "llama_3_1_405b",
    "engine_flag": ["--quantization awq"], "set": ["rig.pcie_gen_observed=1", "rig.pcie_observed_at=load"],
}  # fmt: skip
CASES: dict[str, tuple[dict[str, Any], dict[str, tuple[str, str]]]] = {
    "busy": (BUSY, {
        "slots": ("bad", "slot_in_disguise"), "acs_iommu": ("ok", "acs_beside_nvlink"), "supply": ("bad", "supply_below_limits"),
        "flags": ("bad", "eager_forced"), "power": ("warn", "limit_below_board_power"), "bar1": ("warn", "bar1_below_peer_need"),
    }),
    "busy over PCIe": ({**BUSY, "tensor": "4"}, {
        "acs_iommu": ("bad", "acs_in_the_way"), "flags": ("bad", "peer_to_peer_switched_off"),
        "peer_to_peer": ("warn", "peer_traffic_through_host"), "nvlink": ("warn", "group_across_pairs"),
    }),
    "calm": (CALM, {
        "slots": ("ok", "link_read_at_idle"), "acs_iommu": ("ok", "acs_off"), "bar1": ("ok", "bar1_read"), "flags": ("ok", "flags_told"),
        "supply": ("ok", "supply_told"), "memory": ("ok", "model_and_context_fit"), "tensor_group": ("ok", "group_size_valid"),
        "driver": ("ok", "driver_told"), "numa": ("ok", "one_socket_told"), "unlike_cards": ("ok", "cards_alike"),
    }),
    "odd": (ODD, {
        "slots": ("warn", "slot_narrow"), "tensor_group": ("bad", "heads_do_not_divide"), "supply": ("warn", "supply_trips_on_spikes"),
        "unlike_cards": ("warn", "slowest_card_sets_the_pace"),
    }),
    "patched": (PATCHED, {
        "driver": ("bad", "driver_patched_and_all_reduce_unsafe"), "flags": ("bad", "slow_awq_forced"), "slots": ("bad", "link_trained_low"),
        "memory": ("bad", "model_does_not_fit_at_all"),
    }),
    "4090": ({"gpu": ["2x4090"], "nvlink": "none", "tensor": "2"}, {"nvlink": ("ok", "no_nvlink_on_cards")}),
    "numa": ({"nvlink": "none", "tensor": "2", "set": ["rig.numa_nodes=[0,1,0,1]"]}, {"numa": ("warn", "group_over_sockets")}),
    "numa of two": ({"gpu": ["2x3090"], "nvlink": "none", "tensor": "2", "set": ["rig.numa_nodes=[0,1]"]}, {"numa": ("warn", "group_larger_than_a_node")}),
    "numa of four": ({"set": ["rig.numa_nodes=[0,0,1,1]"]}, {"numa": ("warn", "group_larger_than_a_node")}),
    "numa kept": ({"tensor": "2", "set": ["rig.numa_nodes=[0,0,1,1]"]}, {"numa": ("ok", "numa_told")}),
    "numa bridged": ({"gpu": ["2x3090"], "nvlink": "0-1", "tensor": "2", "set": ["rig.numa_nodes=[0,1]"]}, {"numa": ("ok", "group_over_nodes_by_nvlink")}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_troubles_and_what_is_sound_are_seen(name: str) -> None:
    flags, expected = CASES[name]
    document = examined([], **{**RIG, **flags})
    told, by = statuses(document), rules(document)
    assert {area: told[area] for area in expected} == {area: status for area, (status, _) in expected.items()}
    assert {rule for _, rule in expected.values()} <= by


def test_layers_on_the_host_are_bad() -> None:
    document = examined([], gpu=["rtx_3090"], model="llama-3.3-70b", engine="ollama")
    assert statuses(document)["memory"] == "bad" and "weights_spill" in rules(document)


@pytest.mark.parametrize(("engine", "says"), [("llama_cpp", "--ctx-size 2"), ("ollama", "OLLAMA_CONTEXT_LENGTH=2")])
def test_a_context_that_spills_is_named_in_the_flags_of_the_engine(engine: str, says: str) -> None:
    document = examined([], gpu=["rtx_3090"], model="qwq_32b", quant="q4_k_m", context="65536", engine=engine)
    memory = next(area for area in document["areas"] if area["id"] == "memory")
    assert [check["rule"] for check in memory["checks"]] == ["context_spills"] and says in memory["checks"][0][
        "command"
    ]


def test_no_area_praises_what_another_forbids() -> None:
    document = examined([], gpu=["rtx_3090"], model="llama-3.3-70b", quant="awq_int4", engine="vllm")
    told = {area["id"]: area["checks"][0]["says"] for area in document["areas"]}
    assert statuses(document)["memory"] == "bad" and "holds everything" not in told["layout"]
    assert (
        statuses(examined([], gpu=["4x3090"], model="llama-3.3-70b", quant="awq_int4", engine="vllm", tensor="1"))[
            "layout"
        ]
        == "warn"
    )


def test_what_tools_show_is_judged() -> None:
    names = ("topo-02_2x3090_NV4_lxc.txt", "nvlink-status_2x3090.txt", "nvidia-smi-table_2x3090_driver610.txt")
    document = examined([str(SAMPLES / name) for name in names], tensor="2", model="qwq_32b", engine="vllm")
    told = statuses(document)
    assert told["cards"] == "warn" and "card_busy_while_idle" in rules(document)
    assert told["nvlink"] == told["power"] == told["numa"] == "ok" and told["slots"] == "unknown"
    capped = examined([str(SAMPLES / "nvidia-smi-x_4x3090_gpu0_excerpt.json")])
    assert "card_capped" in rules(capped) and statuses(capped)["bar1"] == "warn"


def test_a_card_without_entry_is_judged_as_far_as_tools_tell(tmp_path: Path) -> None:
    text = (SAMPLES / "nvidia-smi-table_2x3090_driver610.txt").read_text("utf-8").replace("RTX 3090", "RTX 7777")
    path = tmp_path / "smi.txt"
    path.write_text(text)
    document = examined([str(path)])
    assert document["scenario"] is None and "card_not_in_the_knowledge" in rules(document)
    commands = [check["command"] for area in document["areas"] for check in area["checks"]]
    assert any(str(command).startswith("rigwise add gpu") for command in commands)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ("RTX 7777, 4, 4, 16, 4", "warn"),
        ("RTX 7777, 4, 4, 16, 16", "ok"),
        ("RTX 3090, [N/A], [N/A], 16, 16", "unknown"),
    ],
)
def test_slots_are_praised_only_where_each_is_told(tmp_path: Path, row: str, status: str) -> None:
    head = "index, name, pcie.link.gen.max, pcie.link.gen.current, pcie.link.width.max, pcie.link.width.current"
    path = tmp_path / "smi.csv"
    path.write_text(f"{head}\n0, NVIDIA GeForce RTX 3090, 4, 4, 16, 16\n1, NVIDIA GeForce {row}\n")
    assert statuses(examined([str(path)]))["slots"] == status


def test_iommu_that_translates(tmp_path: Path) -> None:
    path = tmp_path / "cmdline"
    path.write_text("BOOT_IMAGE=/vmlinuz root=UUID=1 ro intel_iommu=on quiet\n")
    flags = {"gpu": ["4x4090"], "pcie": "4.0x16", **QWQ}
    assert "iommu_translates" in rules(examined([str(path)], **flags))
    path.write_text("BOOT_IMAGE=/vmlinuz intel_iommu=on iommu=pt\n")
    assert "iommu_translates" not in rules(examined([str(path)], **flags))


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_pages_name_every_area(form: str) -> None:
    document = examined([], **RIG)
    page = FORMATS[form]("doctor", document, width=80)
    assert all(area["title"] in page for area in document["areas"])


def test_no_rig_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BadInput, match="no rig"):
        examination(None, {}, (), (), None)


def test_a_scenario_that_tools_contradict() -> None:
    """The scenario names other cards than the machine has."""
    variant = Path(__file__).parent / "variants" / "h100_table.txt"
    document = examined([str(variant)], gpu=["2x3090"])
    assert "card_seen_and_not_given" in rules(document) and statuses(document)["cards"] == "bad"
    assert "card_seen_and_not_given" not in rules(examined([str(variant)]))


def test_an_engine_that_nobody_named_is_judged_by_nobody() -> None:
    """AWQ alone makes vLLM the engine that is assumed; a Tesla P40 is too old for it, and may run something else."""
    asked = {"gpu": ["tesla_p40"], "model": "qwen3_8b"}
    assert statuses(examined([], **asked, quant="awq_int4"))["flags"] == "unknown"
    assert statuses(examined([], **asked, quant="awq_int4", engine="vllm"))["flags"] == "bad"
    assert statuses(examined([], **asked, quant="q4_k_m", engine="ollama"))["flags"] == "unknown"


def test_the_command_that_lifts_a_cap_names_the_watts() -> None:
    power = next(area for area in examined([], gpu=["2x3090"], power_limit="250")["areas"] if area["id"] == "power")
    assert power["checks"][0]["command"] == "sudo nvidia-smi -i GPU -pl 350   # GPU: the number of each rtx_3090"


DEAD = "".join(
    f"GPU {i}: NVIDIA H100 80GB HBM3 (UUID: GPU-{i})\n\t NVML: Unable to retrieve NVLink information as all links are inActive\n"
    for i in range(2)
)


def test_a_board_whose_nvlinks_are_all_down_is_bad_and_joins_nothing(tmp_path: Path) -> None:
    path = tmp_path / "nvlink.txt"
    path.write_text(DEAD, "utf-8")
    document = examined([str(path)], model="llama-3.1-70b", quant="fp8", engine="vllm", tensor="2")
    assert statuses(document)["nvlink"] == "bad" and "board_nvlink_dead" in rules(document)
    assert "peer_to_peer_over_nvlink" not in rules(document)


def test_nothing_of_a_group_is_sound_before_a_layout_is_named() -> None:
    open_layout = {"gpu": ["2x3090"], "set": ["rig.acs_enabled=true"]}
    told = statuses(examined([], **open_layout))
    assert [told[area] for area in ("peer_to_peer", "acs_iommu", "tensor_group")] == ["unknown", "warn", "unknown"]
    told = statuses(examined([], **open_layout, engine="ollama"))
    assert [told[area] for area in ("peer_to_peer", "acs_iommu", "tensor_group")] == ["ok", "ok", "ok"]


@pytest.mark.parametrize("gpu", ["2x7900xtx", "arc b580"])
def test_no_check_names_the_tool_of_another_maker(gpu: str) -> None:
    told = {"rig.bar1_mb=32768", "rig.driver=stock", "rig.numa_nodes=[0,0]" if gpu[0] == "2" else "rig.numa_nodes=[0]"}
    flags = {"gpu": [gpu], "pcie": "4.0x16", "nvlink": "none", "power_limit": "180", "set": sorted(told)}
    areas = examined([], model="qwen3-8b", engine="llama_cpp", **flags)["areas"]
    checks = [check for area in areas for check in area["checks"]]
    assert not [check for check in checks if "nvidia" in (check["command"] or "")]
    assert {"ok", "unknown"} <= {check["status"] for check in checks}
