"""What no rig can have measured, what contradicts itself, and what is cut off: refused or said, with its reason."""

# ruff: noqa: E501 (output as tools print it)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.asking.ingestions import ingestion
from engine.errors import BadInput
from engine.measuring.ingest import Measurement, Provenance, ingest
from engine.measuring.ingest.transfers import faster_than_links
from engine.measuring.limits import gpu_limits
from engine.reading import Knowledge

SAMPLES = Path(__file__).parent / "samples"
PAIR = {"gpu": ["2x3090"], "nvlink": "0-1", "model": "qwq_32b", "quant": "fp8", "engine": "vllm", "tensor": "2"}
P2P = """Device: 0, NVIDIA GeForce RTX 3090, pciBusID: 1, pciDeviceID: 0, pciDomainID:0
Device: 1, NVIDIA GeForce RTX 3090, pciBusID: 2, pciDeviceID: 0, pciDomainID:0
Device: 2, NVIDIA GeForce RTX 3090, pciBusID: 3, pciDeviceID: 0, pciDomainID:0
P2P Connectivity Matrix
     D\\D     0     1     2
     0       1     1     1
     1       1     1     1
     2       1     1     1
Unidirectional P2P=Enabled Bandwidth (P2P Writes) Matrix (GB/s)
   D\\D     0      1      2
     0 833.05  {0}  {1}
     1  {0} 834.84  11.00
     2  {1}  11.00  834.84
"""
VLLM = """INFO Initializing a V1 LLM engine (v0.11.0) with config: model='Qwen/QwQ-32B-AWQ', tensor_parallel_size=2, pipeline_parallel_size=1, kv_cache_dtype=auto
INFO 06-14 04:57:27 [gpu_worker.py:480] Available KV cache memory: {0} GiB
INFO 06-14 04:57:27 [kv_cache_utils.py:1744] GPU KV cache size: {1} tokens
INFO 06-14 04:57:27 [kv_cache_utils.py:1745] Maximum concurrency for 32,768 tokens per request: {2}x
"""


def ingested(text: str, folder: Path, **flags: Any) -> dict[str, Any]:
    path = folder / "output.txt"
    path.write_text(text, "utf-8")
    return ingestion([str(path)], (), flags=flags)


def reasons(document: dict[str, Any]) -> list[str]:
    return [row["reason"] for row in document["refused"]]


def bandwidth(metric: str, value: float, gpu: str, cards: int, **more: Any) -> Measurement:
    return Measurement(
        metric=metric,
        value=value,
        unit="GB/s",
        gpu=gpu,
        gpu_count=cards,
        provenance=Provenance("t", "f", 1, "text"),
        **more,
    )


@pytest.mark.parametrize(
    ("one", "possible"),
    [
        (bandwidth("allreduce_busbw_gb_s", 240.0, "rtx_3090", 2), False),
        (bandwidth("allreduce_busbw_gb_s", 52.0, "rtx_3090", 2), True),
        (bandwidth("allreduce_busbw_gb_s", 52.0, "rtx_3090", 2, nvlink="no"), False),
        (bandwidth("allreduce_busbw_gb_s", 80.0, "rtx_3090", 4, interconnect="PCIe 4.0 x16"), True),
        (bandwidth("allreduce_busbw_gb_s", 100.0, "rtx_3090", 4, interconnect="PCIe 4.0 x16"), False),
        (bandwidth("reducescatter_busbw_gb_s", 40.0, "rtx_4090", 8), False),
        (bandwidth("allreduce_busbw_gb_s", 480.0, "h100_sxm5_80gb", 8), True),
        (bandwidth("allreduce_busbw_gb_s", 900.0, "h100_sxm5_80gb", 8), False),
        (bandwidth("p2p_bw_gb_s", 101.0, "rtx_3090", 2, notes="GPU0-GPU1; bidirectional"), True),
        (bandwidth("p2p_bw_gb_s", 101.0, "rtx_3090", 2, notes="GPU0-GPU1; unidirectional"), False),
        (bandwidth("p2p_bw_gb_s", 3.1, "rtx_4090", 2, notes="GPU0-GPU1; 522.5 one way, 3.1 the other"), False),
        (bandwidth("p2p_bw_gb_s", 3.1, "rtx_4090", 2, notes="GPU0-GPU1; 22.5 one way, 3.1 the other"), True),
        (bandwidth("p2p_bw_gb_s", 40.0, "rtx_3090 + rtx_4090", 2), False),
        (bandwidth("allreduce_busbw_gb_s", 240.0, "rtx_3090", 4, interconnect="4 nodes"), True),
        (bandwidth("allreduce_latency_us", 559.2, "rtx_3090", 2, msg_bytes=134217728), False),
    ],
)  # fmt: skip
def test_no_link_carries_more_than_it_can(one: Measurement, possible: bool, knowledge: Knowledge) -> None:
    assert (faster_than_links(one, gpu_limits(knowledge)) is None) is possible


def test_copies_between_cards_that_nothing_joins(tmp_path: Path) -> None:
    flags = {"gpu": ["3x3090"], "nvlink": "0-1", "pcie": "4.0x16"}
    sound = ingested(P2P.format("45.00", "25.00"), tmp_path, **flags)
    assert len(sound["measurements"]) == 3 and not sound["refused"]
    odd = ingested(P2P.format("45.00", "45.00"), tmp_path, **flags)
    assert "between cards (0, 2) that no NVLink of the rig joins" in reasons(odd)[0] and len(reasons(odd)) == 1


def test_flags_of_a_model_label_no_measurement_of_links(tmp_path: Path) -> None:
    document = ingested(P2P.format("45.00", "25.00"), tmp_path, **{**PAIR, "gpu": ["3x3090"]})
    assert all({"model", "quantization", "engine", "tp"}.isdisjoint(row) for row in document["measurements"])
    nccl = ingestion(
        [str(SAMPLES / "nccl-tests-07_8x4090_SHM_interleaved-NCCL-INFO.txt")],
        (),
        flags={**PAIR, "gpu": ["8x4090"], "nvlink": "none"},
    )
    assert nccl["measurements"] and all("model" not in row and row["engine"] == "NCCL" for row in nccl["measurements"])


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        (("4.43", "36,288", "1.11"), False),
        (("4.43", "72,576", "2.21"), False),  # a cache in 8 bit
        (("4.43", "413,470", "12.62"), True),
        (("4.43", "36,288", "0.55"), True),
        (("4.43", "36,288", "2.21"), True),
    ],
)
def test_a_pool_that_contradicts_itself_is_refused(values: tuple[str, ...], refused: bool, tmp_path: Path) -> None:
    document = ingested(VLLM.format(*values), tmp_path)
    assert (len(document["measurements"]), len(document["refused"])) == ((0, 3) if refused else (3, 0))
    assert all("contradicts itself" in reason for reason in reasons(document))


def test_more_than_a_card_holds_is_refused(tmp_path: Path) -> None:
    document = ingested("INFO Model loading took 30.5 GiB and 7.3 seconds\n", tmp_path, gpu=["2x3090"])
    assert "30.5 GiB on one card of 24 GiB" in reasons(document)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INFO 02-11 gpu_executor.py:80] # GPU blocks: 5096, # CPU blocks: 2730\n", {"kv_pool_tokens": [81536]}),
        ("INFO 01-30 kv_cache_utils.py:395] # GPU blocks: 1381\n", {"kv_pool_tokens": [22096]}),
        ("model weights take 21.21GiB; non_torch_memory takes 0.20GiB; PyTorch activation peak memory takes 0.37GiB; the rest of the memory reserved for KV Cache is 1.57GiB.\n", {"kv_pool_gib": [1.57], "weights_gib": [21.21]}),
        ("llama_kv_cache_init:      CUDA0 KV buffer size =  1024.00 MiB\nllama_kv_cache_init:      CUDA1 KV buffer size =  1024.00 MiB\nllama_new_context_with_model: KV self size  = 2048.00 MiB, K (q8_0): 1024.00 MiB, V (q8_0): 1024.00 MiB\n", {"kv_buffer_gib": [1, 1], "kv_cache_gib": [2]}),
        ("llama_new_context_with_model: kv self size  =  256.00 MB\n", {"kv_cache_gib": [0.25]}),
        ("llama_kv_cache_unified: size = 1024.00 MiB (  8192 cells,  32 layers,  1 seqs), K (f16):  512.00 MiB, V (f16):  512.00 MiB\n", {"kv_cache_gib": [1]}),
        ("[TP0] KV Cache is allocated. #tokens: 367404, K size: 8.23 GB, V size: 8.23 GB\n[TP1] KV Cache is allocated. #tokens: 367404, K size: 8.23 GB, V size: 8.23 GB\n[TP0] max_total_num_tokens=367404, context_len=40960\n", {"kv_pool_tokens": [367404], "kv_pool_gib": [16.46]}),
    ],
)  # fmt: skip
def test_boot_logs_of_other_versions(text: str, expected: dict[str, list[float]]) -> None:
    found: dict[str, list[float]] = {}
    for one in ingest(text).measurements:
        found.setdefault(one.metric, []).append(one.value)
    assert found == expected


def test_keys_and_values_that_do_not_add_up() -> None:
    found = ingest(
        "llama_kv_cache: size = 1024.00 MiB (  8192 cells,  32 layers,  1/1 seqs), K (f16):  512.00 MiB, V (f16):  256.00 MiB\n"
    )
    assert not found.measurements and "do not add up" in found.refusals[0].reason


@pytest.mark.parametrize("form", ["array", "lines"])
def test_json_that_is_cut_off_or_damaged_says_so(form: str) -> None:
    record = json.loads((SAMPLES / "llama-bench-04.json").read_text("utf-8"))[0]
    records = [record, {**record, "n_prompt": 1024}]
    text = json.dumps(records, indent=2) if form == "array" else "".join(json.dumps(one) + "\n" for one in records)
    assert not ingest(text).refusals
    first = text.index("n_prompt", text.index("n_prompt") + 10) - 5
    for end in range(first, len(text.rstrip()) - 1, 97):
        cut = ingest(text[:end])
        assert cut.measurements and any("JSON" in one.reason and one.tool == "ingest" for one in cut.refusals), end
    hurt = ingest(text.replace('"n_batch": ', '"n_batch" ', 1))
    assert any("damaged" in one.reason for one in hurt.refusals)


def test_every_measurement_is_held_against_a_prediction_or_says_why_not(tmp_path: Path) -> None:
    for text in (VLLM.format("4.43", "36,288", "1.11"), P2P.format("45.00", "25.00")):
        document = ingested(text, tmp_path, gpu=["3x3090"] if "Device" in text else ["2x3090"])
        assert [row["id"] for row in document["compared"]] == [row["id"] for row in document["measurements"]]
        assert all(row.get("reason") or row["predicted"] > 0 for row in document["compared"])
    boot = ingested(VLLM.format("4.43", "36,288", "1.11"), tmp_path, gpu=["2x3090"])
    assert all(0.2 < row["ratio"] < 1 for row in boot["compared"])


@pytest.mark.parametrize(("error", "sound"), [("2e-07", True), ("3e-01", False)])
def test_errors_of_2020_are_rounding_up_to_the_limit_of_their_type(error: str, sound: bool) -> None:
    text = (
        "# nThread 1 nGpus 2 minBytes 8 maxBytes 8 step: 2(factor) warmup iters: 5 iters: 20 validation: 1\n"
        "#       size         count    type   redop     time   algbw   busbw  error     time   algbw   busbw  error\n"
        f"   134217728      33554432   float     sum   6710.9   20.00   20.00  {error}   6710.9   20.00   20.00  {error}\n"
    )
    assert bool(ingest(text).measurements) is sound


def test_sql_of_any_table() -> None:
    text = "INSERT INTO test (gpu_info, model_type, n_prompt, n_gen, avg_ts) VALUES ('NVIDIA GeForce RTX 3090', 'qwen3 8B Q4_K - Medium', '0', '128', '131.5');\n"
    assert [one.value for one in ingest(text).measurements] == [131.5]


def test_a_prompt_is_not_read_faster_than_the_cards_compute(tmp_path: Path) -> None:
    record = json.loads((SAMPLES / "llama-bench-04.json").read_text("utf-8"))[0]
    fast = {**record, "n_prompt": 512, "n_gen": 0, "avg_ts": 200000.0}
    assert "impossible: the cards compute" in reasons(ingested(json.dumps([fast]), tmp_path))[0]


SERVED = """Namespace(model="meta-llama/Llama-3.1-70B-Instruct", max_concurrency=1)
============ Serving Benchmark Result ============
Successful requests:                     10
Maximum request concurrency:             1
Benchmark duration (s):                  10.00
Total input tokens:                      1280
Total generated tokens:                  1280
Request throughput (req/s):              1.00
Output token throughput (tok/s):         128.00
Total Token throughput (tok/s):          256.00
---------------Time to First Token----------------
Median TTFT (ms):                        500.00
-----Time per Output Token (excl. 1st token)------
Median TPOT (ms):                        0.02
==================================================
"""
SPLIT = {"build_commit": "4b385bf", "build_number": 6123, "backends": "CUDA", "model_type": "llama 70B Q4_K - Medium",
         "gpu_info": "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 4090", "model_filename": "Llama-3.1-70B-Q4_K_M.gguf",
         "model_size": 42520395776, "model_n_params": 70553706496, "n_gpu_layers": 99, "split_mode": "layer",
         "n_depth": 0, "n_prompt": 0, "n_gen": 128, "avg_ts": 46.0, "stddev_ts": 0.1}  # fmt: skip


def test_what_ingest_takes_is_what_the_checks_of_rows_let_stand(tmp_path: Path) -> None:
    """A rate that one request cannot have, however it is told, and a split whose cards read in turn."""
    served = ingested(SERVED, tmp_path, **(PAIR | {"model": "llama-3.1-70b", "quant": "awq_int4"}))
    assert sum("reading all weights" in reason for reason in reasons(served)) == 2, "the rate, and the time per token"
    assert not served["measurements"], "of a run of which one number cannot be, the others are no better"
    split = ingested(json.dumps(SPLIT), tmp_path)
    assert not split["measurements"] and "reading all weights" in reasons(split)[0]
    sound = ingested(json.dumps(SPLIT | {"avg_ts": 20.0}), tmp_path)
    assert len(sound["measurements"]) == 1 and not sound["refused"]


LIAR = """Namespace(model="meta-llama/Llama-3.1-70B-Instruct", max_concurrency=1)
============ Serving Benchmark Result ============
Successful requests:                     10
Benchmark duration (s):                  10.00
Total input tokens:                      1280
Total generated tokens:                  200
Output token throughput (tok/s):         20.00
Total Token throughput (tok/s):          148.00
Median TTFT (ms):                        900.00
Median TPOT (ms):                        {}
==================================================
"""
SGLANG = "[2025-08-12 10:11:12] server_args=ServerArgs(model_path='Qwen/Qwen3-32B-FP8', tp_size=2, kv_cache_dtype='auto', context_length=32768)\n[2025-08-12 10:11:41 TP0] KV Cache is allocated. #tokens: {}, K size: {} GB, V size: {} GB\n"
BENCH = {
    "build_commit": "4b385bf", "gpu_info": "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 3090", "backends": "CUDA", "model_filename": "Meta-Llama-3.1-70B-Q4_K_M.gguf",
    "model_type": "llama 70B Q4_K - Medium", "model_size": 42520395776, "model_n_params": 70553706496, "n_batch": 2048, "n_ubatch": 512, "type_k": "f16", "type_v": "f16",
    "n_gpu_layers": 99, "split_mode": "layer", "flash_attn": True, "n_prompt": 0, "n_gen": 128, "n_depth": 0, "stddev_ts": 0.1,
}  # fmt: skip


def told_by(tmp_path: Path, text: str, name: str = "run.txt", into: Path | None = None, **flags: Any) -> dict[str, Any]:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return ingestion([str(path)], (), flags=flags, into=into)


def test_nothing_is_kept_of_a_run_of_which_one_number_cannot_be(tmp_path: Path) -> None:
    asked = {"gpu": ["2x3090"], "tensor": "2", "quant": "awq_int4", "model": "llama-3.1-70b", "users": 1}
    assert told_by(tmp_path, LIAR.format(0.02), **asked)["measurements"] == []
    assert len(told_by(tmp_path, LIAR.format(48.0), **asked)["measurements"]) == 4


def test_a_pool_of_more_tokens_than_the_cards_hold_is_refused(tmp_path: Path) -> None:
    told = told_by(tmp_path, SGLANG.format(203456, 12.42, 12.42), gpu=["2x3090"])
    assert told["measurements"] == [] and any("203,456 tokens" in one["reason"] for one in told["refused"])
    assert told_by(tmp_path, SGLANG.format(30000, 1.83, 1.83), gpu=["2x3090"])["measurements"]


@pytest.mark.parametrize(("rate", "kept"), [(19.3, 1), (30.0, 0)])
def test_unlike_cards_that_hand_layers_on_are_no_faster_than_the_fastest(
    rate: float, kept: int, tmp_path: Path
) -> None:
    told = told_by(tmp_path, json.dumps(BENCH | {"avg_ts": rate}) + "\n", gpu=["4090", "3090"])
    assert len(told["measurements"]) == kept


def test_the_same_output_under_another_name_is_known(tmp_path: Path) -> None:
    text = json.dumps(BENCH | {"gpu_info": "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 4090", "avg_ts": 19.3}) + "\n"
    counts = [
        told_by(tmp_path, text, name, tmp_path / "site", gpu=["2x4090"])["written"] for name in ("a.jsonl", "b.jsonl")
    ]
    assert [(one["new"], one["known"]) for one in counts] == [(1, 0), (0, 1)]


def test_links_that_are_told_count_without_the_cards(tmp_path: Path) -> None:
    head = "# nThread 1 nGpus 2 minBytes 8 maxBytes 134217728\n#  Rank  0 Group  0 Pid  1 on box device  0 [0x01] NVIDIA GeForce RTX 3090\n#  Rank  1 Group  0 Pid  1 on box device  1 [0x21] NVIDIA GeForce RTX 3090\n"
    rows = "#                                                              out-of-place                       in-place\n#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong\n#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)\n   134217728      33554432     float     sum      -1   2982.6   45.00   45.00      0   2982.6   45.00   45.00      0\n# Out of bounds values : 0 OK\n"
    assert told_by(tmp_path, head + rows)["measurements"]
    told = told_by(tmp_path, head + rows, nvlink="none")
    assert told["measurements"] == [] and "impossible" in told["refused"][0]["reason"]
    with pytest.raises(BadInput, match="its cards are not"):
        told_by(tmp_path, LIAR.format(48.0), nvlink="none")
