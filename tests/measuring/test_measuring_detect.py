"""Rigs out of tool outputs: every sample with its exact values, other versions, mixtures, unknown cards, refusals."""

# ruff: noqa: E501 (raw outputs of tools keep their lines)

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BadInput, UnknownName
from engine.measuring.detect import Detection, detect, redacted
from engine.measuring.detect.this_machine import Said, run, texts

SAMPLES = Path(__file__).parent / "samples"
KEYS = {
    "geforce rtx 3090": "rtx_3090", "geforce rtx 4090": "rtx_4090", "geforce rtx 5090": "rtx_5090", "rtx a6000": "rtx_a6000",
    "h100 sxm5 80gb": "h100_sxm5_80gb", "a100 pcie 80gb": "a100_pcie_80gb", "m2 ultra (76-core gpu)": "m2_ultra", "geforce rtx 3080 10gb": "rtx_3080_10gb",
    "geforce rtx 3080 12gb": "rtx_3080_12gb", "rtx pro 6000 blackwell max-q": "rtx_pro_6000_blackwell_max_q",
    "instinct mi300x": "mi300x", "radeon rx 7900 xtx": "rx_7900_xtx", "a10": "a10",
}  # fmt: skip
FACTS: dict[str, dict[str, Any]] = {
    "rtx_3090": {"nvlink": {"reach": "pair", "links": 4}, "pcie_p2p_stock_driver": False},
    "rtx_4090": {"nvlink": {"reach": "none"}, "pcie_p2p_stock_driver": False},
    "rtx_5090": {"nvlink": {"reach": "none"}, "pcie_p2p_stock_driver": False},
}


def find(name: str) -> str:
    if name.lower() not in KEYS:
        raise UnknownName("gpus", name)
    return KEYS[name.lower()]


def facts(key: str) -> Mapping[str, Any] | None:
    return FACTS.get(key)


def rig_of(*sources: str | Path, gpus: tuple[str, ...] = ()) -> Detection:
    return detect(list(sources), find=find, gpu_facts=facts, gpus=gpus)


EXPECTED: dict[str, dict[str, Any]] = {
    "club3090_report_4x3090_gpu-lines.md": {
        "gpus": [{"gpu": "rtx_3090", "count": 1, "power_limit_w": 300}],
        "pcie": {"gen": 3, "lanes": 4},
    },
    "gpu_monitor_2x3090.csv": {"gpus": [{"gpu": "unknown", "count": 2, "power_limit_w": 230}]},
    "lspci_acsctl_lnksta_3090.txt": {
        "gpus": [{"gpu": "unknown", "count": 1}],
        "pcie": {"gen": 4, "lanes": 8},
        "bar1_mb": 256,
        "acs_enabled": True,
    },
    "nvidia-smi-table_2x3090_driver610.txt": {"gpus": [{"gpu": "rtx_3090", "count": 2, "power_limit_w": 350}]},
    "nvidia-smi-x_4x3090_gpu0_excerpt.json": {
        "gpus": [{"gpu": "rtx_3090", "count": 1, "power_limit_w": 300}],
        "pcie": {"gen": 4, "lanes": 16},
        "pcie_gen_observed": 1,
        "pcie_observed_at": "idle",
        "bar1_mb": 256,
    },
    "nvlink-status_2x3090.txt": {"gpus": [{"gpu": "rtx_3090", "count": 2}], "nvlink": [[0, 1]]},
    "p2pBandwidthLatency_2x4090_tinygrad.txt": {
        "gpus": [{"gpu": "rtx_4090", "count": 2}],
        "p2p": True,
        "driver": "p2p_patched",
    },
    "query-gpu-01_a6000-3090_idle-gen1.csv": {
        "gpus": [{"gpu": "rtx_a6000", "count": 1}, {"gpu": "rtx_3090", "count": 1}],
        "pcie_gen_observed": 1,
        "pcie_observed_at": "idle",
    },
    "query-gpu-03_h100.csv": {"gpus": [{"gpu": "h100_sxm5_80gb", "count": 2}], "pcie": {"gen": 5, "lanes": 16}},
    "query-gpu-04_x399-4x3090_prose.txt": {
        "gpus": [{"gpu": "unknown", "count": 4}],
        "pcie": [{"gen": 3, "lanes": 8}, {"gen": 3, "lanes": 16}, {"gen": 3, "lanes": 8}, {"gen": 3, "lanes": 16}],
    },
    "topo-01_4x3090_nvlink-pairs_NV4-PHB-NODE.txt": {
        "gpus": [{"gpu": "unknown", "count": 4}],
        "nvlink": [[0, 2], [1, 3]],
        "numa_nodes": [0, 0, 0, 0],
    },
    "topo-02_2x3090_NV4_lxc.txt": {"gpus": [{"gpu": "unknown", "count": 2}], "nvlink": [[0, 1]], "numa_nodes": [0, 0]},
    "topo-03_2x3090_PHB_tabs.txt": {"gpus": [{"gpu": "unknown", "count": 2}], "nvlink": [], "numa_nodes": [0, 0]},
    "topo-04_2x3090_SYS_numa-NA-shifted-columns.txt": {
        "gpus": [{"gpu": "unknown", "count": 2}],
        "nvlink": [],
        "numa_nodes": [0, 1],
    },
    "topo-06_8xA100PCIe_NV12-pairs_no-gpu-numa-col.txt": {
        "gpus": [{"gpu": "unknown", "count": 8}],
        "nvlink": [[0, 1], [2, 3], [4, 5], [6, 7]],
        "numa_nodes": [0, 0, 0, 0, 1, 1, 1, 1],
    },
    "topo-07_8x4090_all-SYS_nics_tabs.txt": {
        "gpus": [{"gpu": "unknown", "count": 8}],
        "nvlink": [],
        "numa_nodes": [0, 0, 0, 0, 1, 1, 1, 1],
    },
    "topo-08_4xA100SXM_NV4-full-mesh_nics.txt": {
        "gpus": [{"gpu": "unknown", "count": 4}],
        "nvlink": "full",
        "numa_nodes": [2, 2, 6, 6],
    },
    "topo-10_4gpu_PXB-SYS-PIX_2022.txt": {
        "gpus": [{"gpu": "unknown", "count": 4}],
        "nvlink": [],
        "numa_nodes": [0, 0, 1, 1],
    },
    "topo-12_8xA100SXM_NV12_head_truncated.txt": {},
    "topo-13_FABRICATED_4x5090-NV4_must-be-rejected.txt": {},
    "topo-p2p-rw-03_2x3090_OK.txt": {"gpus": [{"gpu": "unknown", "count": 2}], "p2p": True},
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_sample(name: str) -> None:
    assert rig_of(SAMPLES / name).rig == EXPECTED[name]


def test_what_samples_say_beside_the_rig() -> None:
    table = rig_of(SAMPLES / "nvidia-smi-table_2x3090_driver610.txt")
    assert table.driver_version == "610.43.02" and "GPU 0 draws 188 W while it reports idle" in table.remarks
    report = rig_of(SAMPLES / "club3090_report_4x3090_gpu-lines.md")
    assert any("x4 of the x16" in r for r in report.remarks) and any(
        "capped at 300 W; its own default is 420 W" in r for r in report.remarks
    )
    xml = rig_of(SAMPLES / "nvidia-smi-x_4x3090_gpu0_excerpt.json")
    assert any("1 of 4 at idle" in r and "no fault" in r for r in xml.remarks) and any(
        "sees 4 GPUs, 1 " in r for r in xml.remarks
    )
    assert any("BAR1 of 256 MiB" in r for r in xml.remarks)


def test_truncated_and_invented_matrices_are_refused_with_reason() -> None:
    cut = rig_of(SAMPLES / "topo-12_8xA100SXM_NV12_head_truncated.txt")
    assert "incomplete, 3 of 8 GPU rows" in cut.refused[0]
    invented = SAMPLES / "topo-13_FABRICATED_4x5090-NV4_must-be-rejected.txt"
    assert "it cannot be checked" in rig_of(invented).refused[0]
    named = rig_of(invented, gpus=("NVIDIA GeForce RTX 5090",) * 4)
    assert "has no NVLink" in named.refused[0] and named.rig == {"gpus": [{"gpu": "rtx_5090", "count": 4}]}


def test_nvlink_on_a_card_with_fewer_links_is_refused() -> None:
    text = (SAMPLES / "topo-02_2x3090_NV4_lxc.txt").read_text().replace("NV4 ", "NV12")
    assert "has 4 links" in rig_of(text, gpus=("NVIDIA GeForce RTX 3090",) * 2).refused[0]


def test_mixture_in_any_order() -> None:
    names = [
        "topo-02_2x3090_NV4_lxc.txt",
        "nvlink-status_2x3090.txt",
        "nvidia-smi-table_2x3090_driver610.txt",
        "topo-p2p-rw-03_2x3090_OK.txt",
    ]
    parts = [(SAMPLES / name).read_text() for name in names]
    expected = {
        "gpus": [{"gpu": "rtx_3090", "count": 2, "power_limit_w": 350}],
        "nvlink": [[0, 1]],
        "numa_nodes": [0, 0],
    }
    for order in (parts, parts[::-1], [parts[2], parts[0], parts[3], parts[1]]):
        assert rig_of("\n\n".join(order)).rig == expected
        assert rig_of(*order).rig == expected


def test_asymmetric_matrix_is_refused() -> None:
    text = (
        (SAMPLES / "topo-01_4x3090_nvlink-pairs_NV4-PHB-NODE.txt").read_text().replace("GPU2    NV4 ", "GPU2    SYS ")
    )
    assert "not symmetric" in rig_of(text).refused[0]


def test_matrix_flattened_to_one_line_and_titled() -> None:
    text = " ".join((SAMPLES / "topo-01_4x3090_nvlink-pairs_NV4-PHB-NODE.txt").read_text().split("Legend")[0].split())
    assert rig_of("GPU Topology: " + text).rig["nvlink"] == [[0, 2], [1, 3]]


def test_old_matrix_with_mlx_columns_and_without_numa() -> None:
    text = (
        "\tGPU0\tGPU1\tmlx5_0\tmlx5_1\tCPU Affinity\n"
        "GPU0\t X \tNV6\tPIX\tPXB\t0-23,48-71\nGPU1\tNV6\t X \tPIX\tPXB\t0-23,48-71\n"
        "mlx5_0\tPIX\tPIX\t X \tPIX\t\nmlx5_1\tPXB\tPXB\tPIX\t X \t\n"
    )
    assert rig_of(text).rig == {"gpus": [{"gpu": "unknown", "count": 2}], "nvlink": [[0, 1]]}


def test_stock_driver_told_by_the_peer_matrix() -> None:
    peers = " \tGPU0\tGPU1\t\n GPU0\tX\tGNS\t\n GPU1\tGNS\tX\t\n"
    assert rig_of(peers, gpus=("NVIDIA GeForce RTX 5090",) * 2).rig == {
        "gpus": [{"gpu": "rtx_5090", "count": 2}],
        "p2p": False,
        "driver": "stock",
    }


def test_peer_matrix_for_another_capability_is_no_peer_access() -> None:
    text = "$ nvidia-smi topo -p2p n\n \tGPU0\tGPU1\t\n GPU0\tX\tNS\t\n GPU1\tNS\tX\t\n"
    with pytest.raises(BadInput):
        rig_of(text)


def xml_gpu(bus: str, name: str, **changes: str) -> str:
    v = {
        "limit": "350.00 W",
        "gen": "4",
        "now": "1",
        "host": "4",
        "width": "16x",
        "pstate": "P8",
        "mig": "N/A",
        "bar1": "32768 MiB",
        "busy": "0 %",
    } | changes
    return f"""<gpu id="{bus}"><product_name>{name}</product_name><serial>1234567890123</serial>
<uuid>GPU-00000000-1111-2222-3333-444444444444</uuid><mig_mode><current_mig>{v["mig"]}</current_mig></mig_mode>
<pci><pci_bus_id>{bus}</pci_bus_id><pci_gpu_link_info><pcie_gen><max_link_gen>{v["gen"]}</max_link_gen>
<current_link_gen>{v["now"]}</current_link_gen><max_device_link_gen>4</max_device_link_gen><max_host_link_gen>{v["host"]}</max_host_link_gen></pcie_gen>
<link_widths><max_link_width>16x</max_link_width><current_link_width>{v["width"]}</current_link_width></link_widths></pci_gpu_link_info></pci>
<performance_state>{v["pstate"]}</performance_state><fb_memory_usage><total>24576 MiB</total></fb_memory_usage>
<bar1_memory_usage><total>{v["bar1"]}</total></bar1_memory_usage><utilization><gpu_util>{v["busy"]}</gpu_util></utilization>
<gpu_power_readings><power_draw>25.00 W</power_draw><current_power_limit>{v["limit"]}</current_power_limit>
<default_power_limit>350.00 W</default_power_limit></gpu_power_readings></gpu>"""


def xml(*gpus: str) -> str:
    return (
        '<?xml version="1.0" ?>\n<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">\n<nvidia_smi_log>\n'
        f"<driver_version>550.54.15</driver_version><attached_gpus>{len(gpus)}</attached_gpus>\n"
        + "\n".join(gpus)
        + "\n</nvidia_smi_log>\n"
    )


RTX = "NVIDIA GeForce RTX 3090"


def test_xml_with_a_hidden_slot_and_unequal_limits() -> None:
    text = xml(
        xml_gpu("00000000:08:00.0", RTX, gen="3", host="3"),
        xml_gpu("00000000:09:00.0", RTX, gen="2", host="2", width="4x"),
        xml_gpu("00000000:41:00.0", RTX, gen="3", host="3", limit="300.00 W"),
    )
    found = rig_of(text)
    assert found.rig == {
        "gpus": [
            {"gpu": "rtx_3090", "count": 2, "power_limit_w": 350},
            {"gpu": "rtx_3090", "count": 1, "power_limit_w": 300},
        ],
        "pcie": [{"gen": 3, "lanes": 16}, {"gen": 2, "lanes": 4}, {"gen": 3, "lanes": 16}],
        "pcie_gen_observed": 1,
        "pcie_observed_at": "idle",
        "bar1_mb": 32768,
    }
    assert "GPU 1 can do PCIe generation 4, its slot 2" in found.remarks
    assert "1234567890123" not in str(found) and "1111-2222" not in str(found)


def test_xml_under_load_shows_a_degraded_link() -> None:
    found = rig_of(xml(xml_gpu("00000000:08:00.0", RTX, now="1", pstate="P2", busy="99 %")))
    assert (found.rig["pcie_gen_observed"], found.rig["pcie_observed_at"]) == (1, "load")
    assert any("a degraded link" in r for r in found.remarks)


def test_truncated_xml_keeps_whole_values_only() -> None:
    text = xml(xml_gpu("00000000:08:00.0", RTX), xml_gpu("00000000:09:00.0", RTX))
    full = rig_of(text).rig
    for end in range(0, len(text), 7):
        try:
            cut = rig_of(text[:end]).rig
        except BadInput:
            continue
        for group in cut.get("gpus", []):
            assert group["gpu"] in {"rtx_3090", "unknown"} and group.get("power_limit_w", 350) == 350
        assert cut.get("bar1_mb", full["bar1_mb"]) == full["bar1_mb"]


def test_xml_with_entities_is_not_expanded() -> None:
    with pytest.raises(BadInput):
        rig_of(
            '<!DOCTYPE x [<!ENTITY a "b">]>\n<nvidia_smi_log><!ENTITY a "b"><gpu id="0"><product_name>&a;</product_name></gpu></nvidia_smi_log>'
        )


def test_json_of_the_xml_as_xq_writes_it() -> None:
    gpu = {"@id": "00000000:01:00.0", "product_name": RTX, "fb_memory_usage": {"total": "24576 MiB"},
           "power_readings": {"enforced_power_limit": "280.00 W", "default_power_limit": "350.00 W"}}  # fmt: skip
    text = json.dumps({"nvidia_smi_log": {"driver_version": "525.85.07", "attached_gpus": "1", "gpu": gpu}}, indent=2)
    assert rig_of(text).rig == {"gpus": [{"gpu": "rtx_3090", "count": 1, "power_limit_w": 280}]}
    wrapped = json.dumps(
        {"driver_version": {"text": "550"}, "attached_gpus": {"text": "1"}, "gpu": [{"product_name": {"text": RTX}}]}
    )
    assert rig_of(wrapped).rig == {"gpus": [{"gpu": "rtx_3090", "count": 1}]}


QUERY_TEXT = """\
==============NVSMI LOG==============

Timestamp                                 : Wed Jan 22 04:28:41 2025
Driver Version                            : 550.127.05
CUDA Version                              : 12.4

Attached GPUs                             : 1
GPU 00000000:06:00.0
    Product Name                          : NVIDIA A10
    MIG Mode
        Current                           : N/A
        Pending                           : N/A
    Serial Number                         : 1234567890123
    PCI
        Bus Id                            : 00000000:06:00.0
        GPU Link Info
            PCIe Generation
                Max                       : 4
                Current                   : 1
                Device Current            : 1
                Device Max                : 4
                Host Max                  : N/A
            Link Width
                Max                       : 16x
                Current                   : 8x
    Performance State                     : P8
    Clocks Event Reasons
        Idle                              : Active
    FB Memory Usage
        Total                             : 23028 MiB
    BAR1 Memory Usage
        Total                             : 32768 MiB
    Utilization
        Gpu                               : 0 %
    GPU Power Readings
        Power Draw                        : 21.30 W
        Current Power Limit               : 150.00 W
        Default Power Limit               : 150.00 W
    Processes                             : None
"""


def test_query_text() -> None:
    found = rig_of(QUERY_TEXT)
    assert found.rig == {
        "gpus": [{"gpu": "a10", "count": 1, "power_limit_w": 150}],
        "pcie": {"gen": 4, "lanes": 8},
        "pcie_gen_observed": 1,
        "pcie_observed_at": "idle",
        "bar1_mb": 32768,
    }
    assert found.driver_version == "550.127.05" and "1234567890123" not in str(found)


def test_query_gpu_with_units_and_slot_columns_and_a_command_without_header() -> None:
    header = "index, name, pci.bus_id, pcie.link.gen.gpumax, pcie.link.gen.hostmax, pcie.link.gen.max, pcie.link.gen.current, pcie.link.width.current, pcie.link.width.max, power.limit [W], power.default_limit [W], memory.total [MiB], pstate, utilization.gpu [%], mig.mode.current\n"
    row = "0, NVIDIA GeForce RTX 3080, 00000000:05:00.0, 4, 3, 3, 3, 4, 16, 320.00 W, 320.00 W, 12288 MiB, P2, 98 %, [N/A]\n"
    found = rig_of(header + row)
    assert found.rig["gpus"] == [{"gpu": "rtx_3080_12gb", "count": 1, "power_limit_w": 320}]
    assert found.rig["pcie"] == {"gen": 3, "lanes": 4} and found.rig["pcie_observed_at"] == "load"
    plain = "$ nvidia-smi --query-gpu=index,name,memory.total --format=csv,noheader\n0, NVIDIA GeForce RTX 3080, 10240 MiB\n1, NVIDIA GeForce RTX 3080, 10240 MiB\n"
    assert rig_of(plain).rig["gpus"] == [{"gpu": "rtx_3080_10gb", "count": 2}]


def test_names_cut_off_by_the_table_take_the_whole_name() -> None:
    table = (
        (SAMPLES / "nvidia-smi-table_2x3090_driver610.txt")
        .read_text()
        .replace("NVIDIA GeForce RTX 3090 ", "NVIDIA GeForce ...      ")
    )
    listing = "GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-1)\nGPU 1: NVIDIA GeForce RTX 3090 (UUID: GPU-2)\n"
    assert rig_of(table + listing).rig["gpus"] == [{"gpu": "rtx_3090", "count": 2, "power_limit_w": 350}]


def test_unknown_card_is_kept_with_what_the_tools_said_and_a_command() -> None:
    text = "index, name, memory.total [MiB], power.default_limit [W], pcie.link.gen.gpumax, pcie.link.width.max\n0, NVIDIA GeForce RTX 6090, 49140 MiB, 600.00 W, 6, 16\n"
    found = rig_of(text)
    (stranger,) = found.unknown_gpus
    assert found.rig["gpus"] == [{"gpu": "NVIDIA GeForce RTX 6090", "count": 1}]
    assert stranger.command == (
        "rigwise add gpu 'NVIDIA GeForce RTX 6090' --set vendor=nvidia --set segment=geforce --set vram_gib=48 --set tdp_w=600 --set pcie.gen=6"
        " --set pcie.lanes=16 --set architecture=ARCHITECTURE --set memory_bandwidth_gb_s=GB_PER_S --set mark=incomplete"
    )
    assert stranger.fill_in == ["ARCHITECTURE", "GB_PER_S"] and stranger.command not in found.commands
    assert stranger.said["memory_mib"] == 49140


def test_mig_is_told() -> None:
    found = rig_of(xml(xml_gpu("00000000:08:00.0", "NVIDIA H100 80GB HBM3", mig="Enabled")))
    assert any("MIG mode" in r for r in found.remarks) and found.rig["gpus"][0]["gpu"] == "h100_sxm5_80gb"


LSPCI = """\
00:01.1 PCI bridge: Advanced Micro Devices, Inc. [AMD] Starship/Matisse GPP Bridge (prog-if 00 [Normal decode])
\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0
\t\tLnkCap:\tPort #0, Speed 8GT/s, Width x8, ASPM L1
\t\tLnkSta:\tSpeed 2.5GT/s, Width x8
\t\tACSCtl:\tSrcValid- TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-
00:03.1 PCI bridge: Advanced Micro Devices, Inc. [AMD] Starship/Matisse GPP Bridge (prog-if 00 [Normal decode])
\tBus: primary=00, secondary=02, subordinate=02, sec-latency=0
\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-
01:00.0 VGA compatible controller: NVIDIA Corporation GA102 [GeForce RTX 3090] (rev a1) (prog-if 00 [VGA controller])
\tRegion 1: Memory at 7000000000 (64-bit, prefetchable) [size=32G]
\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16, ASPM L0s L1
\t\tLnkSta:\tSpeed 2.5GT/s (downgraded), Width x8 (downgraded)
01:00.1 Audio device: NVIDIA Corporation GA102 High Definition Audio Controller (rev a1)
\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16
02:00.0 VGA compatible controller: ASPEED Technology, Inc. ASPEED Graphics Family (rev 41)
"""


def test_lspci_takes_the_bridge_above_the_card() -> None:
    assert rig_of(LSPCI).rig == {
        "gpus": [{"gpu": "rtx_3090", "count": 1}],
        "pcie": {"gen": 3, "lanes": 8},
        "bar1_mb": 32768,
        "acs_enabled": False,
    }
    assert rig_of(LSPCI.replace("ReqRedir- CmpltRedir-", "ReqRedir+ CmpltRedir+")).rig["acs_enabled"] is True


def test_lspci_joins_nvidia_smi_by_bus_address() -> None:
    found = rig_of(LSPCI, xml(xml_gpu("00000000:01:00.0", RTX, width="8x")))
    assert found.rig["gpus"] == [{"gpu": "rtx_3090", "count": 1, "power_limit_w": 350}]
    assert found.rig["pcie"] == {"gen": 3, "lanes": 8}


def test_two_cards_by_lspci_alone_are_numbered_by_address() -> None:
    text = "41:00.0 3D controller: NVIDIA Corporation GA100 [A100 PCIe 80GB] (rev a1)\n01:00.0 VGA compatible controller: NVIDIA Corporation GA102 [GeForce RTX 3090] (rev a1)\n"
    assert [g["gpu"] for g in rig_of(text).rig["gpus"]] == ["rtx_3090", "a100_pcie_80gb"]


NUMACTL = """\
available: 2 nodes (0-1)
node 0 cpus: 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
node 0 size: 64000 MB
node 1 cpus: 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31
node 1 size: 64000 MB
"""


def test_numa_from_cpus_where_the_matrix_says_nothing() -> None:
    found = rig_of(SAMPLES / "topo-04_2x3090_SYS_numa-NA-shifted-columns.txt", NUMACTL)
    assert found.rig["numa_nodes"] == [0, 1] and not any("inferred" in r for r in found.remarks)
    assert found.rig["host"] == {"ram_gb": 134.2}


def test_host_from_proc_lscpu_and_dmidecode() -> None:
    text = """\
Model name:                           AMD Ryzen 9 5950X 16-Core Processor
Socket(s):                            1
MemTotal:       65711000 kB

Handle 0x0030, DMI type 17, 92 bytes
Memory Device
\tSize: 32 GB
\tLocator: DIMM_A2
\tBank Locator: P0 CHANNEL A
\tSpeed: 3600 MT/s
\tSerial Number: 12345678
\tConfigured Memory Speed: 3200 MT/s

Memory Device
\tSize: 32 GB
\tLocator: DIMM_B2
\tBank Locator: P0 CHANNEL B
\tConfigured Memory Speed: 3200 MT/s

Memory Device
\tSize: No Module Installed
\tLocator: DIMM_A1
"""
    assert rig_of(text).rig["host"] == {
        "cpu": "AMD Ryzen 9 5950X 16-Core Processor",
        "sockets": 1,
        "ram_gb": 68.7,
        "ram_channels": 2,
        "ram_bandwidth_gb_s": 51.2,
    }


def test_patched_module_named() -> None:
    text = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  595.58.03-p2p  Release Build  (root@host)\n"
    found = rig_of(text)
    assert found.rig == {"driver": "p2p_patched"} and "root@host" not in str(found)


ROCM_CONCISE = """\
========================================= ROCm System Management Interface =========================================
=================================================== Concise Info ===================================================
Device  [Model : Revision]    Temp        Power     Partitions      SCLK    MCLK    Fan  Perf  PwrCap  VRAM%  GPU%
        Name (20 chars)       (Junction)  (Socket)  (Mem, Compute)
====================================================================================================================
0       [0x74a1 : 0x00]       35.0°C      133.0W    NPS1, SPX       131Mhz  900Mhz  0%   auto  750.0W    0%   0%
        AMD Instinct MI300X
1       [0x74a1 : 0x00]       37.0°C      131.0W    NPS1, SPX       132Mhz  900Mhz  0%   auto  750.0W    0%   0%
        AMD Instinct MI300X
====================================================================================================================
=============================================== End of ROCm SMI Log ================================================
"""
SHOWTOPO = """\
========================== Link Type between two GPUs ==========================
       GPU0         GPU1
GPU0   0            XGMI
GPU1   XGMI         0
================================== Numa Nodes ==================================
GPU[0]\t\t: (Topology) Numa Node: 0
GPU[1]\t\t: (Topology) Numa Node: 1
"""


def test_rocm_smi_concise_and_topology() -> None:
    assert rig_of(ROCM_CONCISE + SHOWTOPO).rig == {
        "gpus": [{"gpu": "mi300x", "count": 2, "power_limit_w": 750}],
        "nvlink": [[0, 1]],
        "numa_nodes": [0, 1],
    }


def test_rocm_smi_json_csv_and_list() -> None:
    card = {"VRAM Total Memory (B)": "25753026560", "Card Series": "Radeon RX 7900 XTX", "Card Model": "0x744c",
            "Max Graphics Package Power (W)": "303.0", "PCI Bus": "0000:03:00.0", "pcie clock level": "3 (16.0GT/s x16)"}  # fmt: skip
    found = rig_of(
        json.dumps({"card0": card, "card1": card | {"PCI Bus": "0000:43:00.0"}, "system": {"Driver version": "6.8.0"}})
    )
    assert (
        found.rig["gpus"] == [{"gpu": "rx_7900_xtx", "count": 2, "power_limit_w": 303}]
        and found.driver_version == "6.8.0"
    )
    text = "device,VRAM Total Memory (B),Card Series,Card Model\ncard0,25753026560,Radeon RX 7900 XTX,0x744c\n"
    assert rig_of(text).rig["gpus"] == [{"gpu": "rx_7900_xtx", "count": 1}]
    text = "GPU[0]\t\t: Card series: \t\tRadeon RX 7900 XTX\nGPU[0]\t\t: Max Graphics Package Power (W): 303.0\n"
    assert rig_of(text).rig["gpus"] == [{"gpu": "rx_7900_xtx", "count": 1, "power_limit_w": 303}]


AMD_STATIC = """\
GPU: 0
    ASIC:
        MARKET_NAME: AMD Instinct MI300X
        VENDOR_ID: 0x1002
        ASIC_SERIAL: 0xABCDEF0123456789
    BUS:
        BDF: 0000:05:00.0
        MAX_PCIE_WIDTH: 16
        MAX_PCIE_SPEED: 32 GT/s
        PCIE_INTERFACE_VERSION: Gen 5
    LIMIT:
        MAX_POWER: 750 W
        SOCKET_POWER: 650 W
    VRAM:
        TYPE: HBM3
        SIZE: 196592 MB
    NUMA:
        NODE: 0
"""


def test_amd_smi_static_text_and_json() -> None:
    expected = {
        "gpus": [{"gpu": "mi300x", "count": 1, "power_limit_w": 650}],
        "pcie": {"gen": 5, "lanes": 16},
        "numa_nodes": [0],
    }
    found = rig_of(AMD_STATIC)
    assert found.rig == expected and "ABCDEF" not in str(found)
    entry = {"gpu": 0, "asic": {"market_name": "AMD Instinct MI300X"}, "bus": {"bdf": "0000:05:00.0", "max_pcie_width": 16,
             "max_pcie_speed": {"value": 32, "unit": "GT/s"}}, "limit": {"max_power": {"value": 750, "unit": "W"},
             "socket_power": {"value": 650, "unit": "W"}}, "vram": {"size": {"value": 196592, "unit": "MB"}}, "numa": {"node": 0}}  # fmt: skip
    assert rig_of(json.dumps([entry])).rig == expected
    assert rig_of(json.dumps({"gpu_data": [entry]})).rig == expected


def test_apple() -> None:
    text = """\
Hardware:
    Hardware Overview:
      Model Name: Mac Studio
      Chip: Apple M2 Ultra
      Total Number of Cores: 24 (16 performance and 8 efficiency)
      Memory: 192 GB
      Serial Number (system): ABCDEFGHIJ
Graphics/Displays:
    Apple M2 Ultra:
      Chipset Model: Apple M2 Ultra
      Total Number of Cores: 76
"""
    found = rig_of(text)
    assert found.rig == {"gpus": [{"gpu": "m2_ultra", "count": 1}], "host": {"cpu": "Apple M2 Ultra", "ram_gb": 206.2}}
    assert found.gpus[0]["cores"] == 76 and "ABCDEFGHIJ" not in str(found)


def test_cuda_order_is_matched_by_bus_address() -> None:
    """The P2P test lists the faster card first; nvidia-smi goes by address."""
    p2p = (
        "Device: 0, NVIDIA GeForce RTX 4090, pciBusID: 41, pciDeviceID: 0, pciDomainID:0\n"
        "Device: 1, NVIDIA GeForce RTX 3090, pciBusID: 1, pciDeviceID: 0, pciDomainID:0\n"
        "P2P Connectivity Matrix\n     D\\D     0     1\n     0       1     0\n     1       0     1\n"
    )
    found = rig_of(p2p, xml(xml_gpu("00000000:01:00.0", RTX), xml_gpu("00000000:41:00.0", "NVIDIA GeForce RTX 4090")))
    assert [g["gpu"] for g in found.rig["gpus"]] == ["rtx_3090", "rtx_4090"] and found.rig["p2p"] is False
    assert not any("in another" in r for r in found.remarks)


def test_nothing_recognised_is_refused() -> None:
    with pytest.raises(BadInput, match="no tool output recognised"):
        rig_of("hello world")


def test_this_machine_runs_nothing_it_does_not_have(tmp_path: Path) -> None:
    assert run(["no-such-tool-at-all"]) == Said()
    proc = tmp_path / "meminfo"
    proc.write_text("MemTotal: 1000000 kB\n")
    asked: list[str] = []

    def nothing(command: object) -> Said:
        asked.append(str(command))
        return Said()

    pastes, failed = texts(nothing, [proc, tmp_path / "absent"])
    assert [p.text for p in pastes] == ["MemTotal: 1000000 kB"] and len(asked) > 5 and not failed
    assert not any("sudo" in command for command in asked)


def test_a_slow_tool_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "slow-tool"
    tool.write_text("#!/bin/sh\nsleep 30 & sleep 30\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert run(["slow-tool"], seconds=0.2) == Said(failure="gave no answer within 0.2 s", hung=True)


def test_a_tool_that_fails_is_told_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f'#!/bin/sh\necho "{words}"\nexit 9\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    _, failed = texts(files=[])
    told = [one for one in failed if one.where.startswith("nvidia-smi")]
    assert [one.reason for one in told] == [f"failed with exit status 9: {words}"]


def test_a_question_about_links_that_fails_says_nothing_against_the_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = "GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-0)"
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f'#!/bin/sh\n[ "$1" = -q ] && echo "{listed}" && exit 0\nexit 6\n')
    tool.chmod(0o755)
    idle = tmp_path / "rocm-smi"
    idle.write_text("#!/bin/sh\necho Driver not initialized\nexit 2\n")
    idle.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = detect(find=find)
    assert found.rig["gpus"] == [{"gpu": "rtx_3090", "count": 1}]
    assert found.failed == [] and any("topo -m: failed" in told for told in found.refused)


def test_the_board_of_dmidecode_is_no_card() -> None:
    board = "Base Board Information\n\tManufacturer: ASUS\n\tProduct Name: Pro WS WRX80E-SAGE\n"
    memory = "Memory Device\n\tSize: 32 GB\n\tLocator: DIMM_A1\n\tType: DDR4\n\tSpeed: 3200 MT/s\n"
    assert "gpus" not in rig_of(f"# dmidecode 3.3\n{board}\n{memory}").rig


def test_a_card_named_by_its_chip_and_in_brackets() -> None:
    told = '{"card0": {"Card Series": "Navi 31 [Radeon RX 7900 XT]", "VRAM Total Memory (B)": "21458059264"}}'
    assert rig_of(told).rig["gpus"] == [{"gpu": "Radeon RX 7900 XT", "count": 1}]


def test_detecting_this_machine_never_fails() -> None:
    assert isinstance(detect(), Detection)


def test_redaction() -> None:
    text = "someone@rig:~$ nvidia-smi -L\nGPU 0: X (UUID: GPU-00000000-1111-2222-3333-444444444444)\nSerial Number : 1234567890123\n#  Rank  0 Pid 1 on myhost device 0\n/home/someone/x 192.168.1.17\n"
    clean = redacted(text)
    for secret in ("someone", "1111-2222", "1234567890123", "myhost", "192.168.1.17"):
        assert secret not in clean
