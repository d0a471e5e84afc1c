"""Measurements as rows of a CSV file, each read into the scenario that it measures.

The columns are those of knowledge/measurements/published.csv. An empty cell is unknown, not "no".
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..costs.prefill import attention_prefill_flops, linear_prefill_flops
from ..errors import BadInput
from .pasted import number

if TYPE_CHECKING:
    from ..reading import Knowledge

COLUMNS = ("id", "gpu", "metric", "value")
SERVED = ("decode_tok_s", "prefill_tok_s", "ttft_ms", "tpot_ms", "output_throughput_tok_s", "total_throughput_tok_s")
REDUCED = ("allreduce_latency_us", "allreduce_busbw_gb_s")
SATURATED = 2048
# Tokens of prompt and answer where the row does not say.
LENGTHS = {
    "decode_tok_s": (0, 128), "prefill_tok_s": (512, 0), "ttft_ms": (512, 1), "tpot_ms": (0, 128),
    "output_throughput_tok_s": (0, 256), "total_throughput_tok_s": (0, 256),
}  # fmt: skip
OLD_LLAMA = ("GGML_CUDA_DISABLE_GRAPHS=1", "--flash-attn off")
FLASH_ATTENTION_SINCE = "2024-06"


class Unknown(Exception):
    """A row of which nothing can be predicted; its text is the reason."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. value: in the unit of the metric's name, of all cards together. cells: as they stand."""

    id: str
    metric: str
    value: float
    cells: Mapping[str, str]

    @property
    def group(self) -> tuple[str, str]:
        """Source and GPU: rows of one group share a rig and a method."""
        return self.cells.get("source_id", ""), self.cells["gpu"]

    def cell(self, name: str) -> str:
        return (self.cells.get(name) or "").strip()

    def size(self, name: str, otherwise: int = 1) -> int:
        """A whole number out of a cell."""
        found = number(self.cell(name))
        return otherwise if found is None else int(found)

    @property
    def ranks(self) -> int:
        """Cards of one copy of the model."""
        return self.size("tp") * self.size("pp")

    @property
    def batch(self) -> int:
        """Requests at the same time."""
        return SATURATED if self.saturated else max(self.size("batch"), 1)

    @property
    def saturated(self) -> bool:
        return self.cell("batch").startswith("max")

    @property
    def lengths(self) -> tuple[int, int, int]:
        """Tokens of the prompt, of the answer, and already in the cache."""
        prompt, output = LENGTHS[self.metric]
        prompt = self.size("prompt_len", prompt)
        output = 0 if self.metric == "prefill_tok_s" else self.size("output_len", output)
        return prompt, max(output, 0), self.size("context_depth", 0)


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV file. Raises BadInput for a file without the columns or with a value that is no number."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise BadInput(
                    f"the columns {', '.join(missing)} are missing", where=str(path),
                    hint="the columns are those of knowledge/measurements/published.csv",
                )  # fmt: skip
            return [_row(cells, f"{path}:{reader.line_num}") for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"cannot be read: {error}", where=str(path)) from error


def _row(cells: Mapping[str, str], where: str) -> Row:
    try:
        value = float(cells["value"])
    except (TypeError, ValueError):
        raise BadInput(f"the value '{cells['value']}' is no number", where=where) from None
    if not 0 < value < math.inf:
        raise BadInput(f"the value '{cells['value']}' is no amount above zero", where=where)
    if cells["metric"] not in REDUCED and _of_one_card(cells):
        value *= number(cells.get("gpu_count")) or 1
    return Row(str(cells["id"]), str(cells["metric"]), value, cells)


def _of_one_card(cells: Mapping[str, str]) -> bool:
    """Some tables give the rate of each GPU."""
    notes = (cells.get("notes") or "").strip()
    return notes == "per GPU" or ("ambiguous" in notes and (number(cells.get("gpu_count")) or 1) > 1)


def scenario_of(row: Row, knowledge: Knowledge) -> dict[str, Any]:
    """The scenario that a row measures, as a person would ask it. Raises Unknown, UnknownName, AmbiguousName."""
    if row.cell("spec_decode"):
        raise Unknown("speculative decoding is not predicted")
    if row.metric not in SERVED:
        raise Unknown(f"{row.metric} is not predicted")
    prompt, output, depth = row.lengths
    engine = knowledge.find("engines", row.cell("engine")) if row.cell("engine") else None
    quantization = _quantization(row, engine, knowledge)
    workload: dict[str, Any] = {
        "model": knowledge.find("models", row.cell("model")),
        "parallelism": {"tensor": row.size("tp"), "pipeline": row.size("pp"), "replicas": row.size("replicas")},
        "users": row.batch,
        "prompt_tokens": prompt,
        "output_tokens": output,
        "depth_tokens": depth,
        "context_tokens": max(prompt + output + depth, 1),
        "engine_flags": [*_flags(row, engine), *(link_flags(row) if _by_nccl(engine, knowledge) else [])],
    }
    if engine:
        workload["engine"] = engine
    if quantization:
        workload["quantization"] = quantization
    if kv := _kv_cache(row, engine, quantization, knowledge):
        workload["kv_quantization"] = kv
    return {"rig": rig_of(row, max(row.ranks * row.size("replicas"), 1), knowledge), "workload": workload}


def rig_of(row: Row, cards: int, knowledge: Knowledge) -> dict[str, Any]:
    """The rig of a row: its cards in slots as fast as they are, unless the row says otherwise."""
    gpu = knowledge.find("gpus", row.cell("gpu"))
    entry = knowledge.entries["gpus"][gpu]
    group: dict[str, Any] = {"gpu": gpu, "count": cards}
    if watts := number(row.cell("power_limit_w")):
        group["power_limit_w"] = watts
    rig: dict[str, Any] = {"gpus": [group], "pcie": _slot(row, entry), "nvlink": _nvlink(row, cards, entry)}
    if row.cell("p2p"):
        rig["p2p"] = row.cell("p2p").startswith("yes")
        rig["driver"] = "p2p_patched" if "patched" in row.cell("p2p") else "stock"
    return rig


def _slot(row: Row, gpu: Mapping[str, Any]) -> dict[str, int]:
    own = gpu.get("pcie") or {"gen": 4, "lanes": 16}
    told = row.cell("interconnect")
    generation = re.search(r"(?:PCIe|Gen) ?(?:Gen)? ?([1-6])", told)
    lanes = re.search(r"\bx(1|4|8|16)\b", told)
    return {
        "gen": min(int(generation[1]), own["gen"]) if generation else own["gen"],
        "lanes": min(int(lanes[1]), own["lanes"]) if lanes else own["lanes"],
    }


def _nvlink(row: Row, cards: int, gpu: Mapping[str, Any]) -> str | list[list[int]]:
    reach = (gpu.get("nvlink") or {}).get("reach", "none")
    if row.cell("nvlink") == "no" or (reach != "switch" and row.cell("nvlink") != "yes"):
        return []
    if reach == "switch":
        return "full"
    return [[first, first + 1] for first in range(0, cards - 1, 2)]


def link_flags(row: Row) -> list[str]:
    """Peer-to-peer that works between all cards: below PCIe switches, or where the source says that it works.

    Who patches a driver for it sets NCCL's level as well, as the patch is of no use to more than two cards without.
    """
    between_all = "witches" in row.cell("interconnect") or row.cell("p2p").startswith("yes")
    return ["NCCL_P2P_LEVEL=SYS"] if between_all else []


def _by_nccl(engine: str | None, knowledge: Knowledge) -> bool:
    """Whether the engine's collectives are NCCL's or copy directly, so that NCCL's settings matter to it."""
    return engine is None or "custom_all_reduce" in knowledge.entries["engines"][engine]


def _flags(row: Row, engine: str | None) -> list[str]:
    flags: list[str] = []
    date = row.cell("source_date")
    if engine == "llama_cpp" and date and date < FLASH_ATTENTION_SINCE:
        flags += OLD_LLAMA
    if row.saturated:
        flags.append(f"--max_batch_size {SATURATED}")
    return flags


def least_seconds(row: Row, knowledge: Knowledge) -> float | None:
    """Seconds in which the cards of a copy could read a prompt at best, and answer where the row is of answers.

    Products with the weights in the narrowest format that the cards multiply, attention in 16 bit.
    """
    gpu = knowledge.entries["gpus"][knowledge.find("gpus", row.cell("gpu"))]
    model = knowledge.entries["models"][knowledge.find("models", row.cell("model"))]
    rates = [gpu.get(name) for name in ("fp16_tflops", "fp32_tflops", *_fast(row, knowledge))]
    best = max((float(rate) for rate in rates if rate), default=0.0) * 1e12 * row.ranks
    active = (model.get("parameters") or {}).get("active")
    if not (active and best):
        return None
    prompt, output, depth = row.lengths
    tokens = prompt + output if row.metric == "output_throughput_tok_s" else prompt
    attention = attention_prefill_flops(prompt, depth, *_attention(model))
    return linear_prefill_flops(float(active), 0, tokens) / (best * _speed(row, gpu, knowledge)) + attention / best


def _attention(model: Mapping[str, Any]) -> tuple[float, float]:
    """Layers with full attention, and their width."""
    full = (model.get("attention") or {}).get("full_layers", model.get("layers"))
    return float(full or 0), float((model.get("query_heads") or 0) * (model.get("head_dim") or 0))


def _fast(row: Row, knowledge: Knowledge) -> tuple[str, ...]:
    """The rate with 16-bit accumulation, where the engine uses it."""
    if not row.cell("engine"):
        return ()
    kind = knowledge.entries["engines"][knowledge.find("engines", row.cell("engine"))]["class"]
    constants = knowledge.calibration["constants"]
    used = any(one["kind"] == "engine_constants" and one["key"] == kind and one["accumulation"] == "fast"
               for one in constants)  # fmt: skip
    return ("fp16_fast_accumulate_tflops",) if used else ()


def _speed(row: Row, gpu: Mapping[str, Any], knowledge: Knowledge) -> int:
    if not row.cell("quantization"):
        return 1
    entry = knowledge.entries["quantizations"][knowledge.find("quantizations", row.cell("quantization"))]
    bits = entry.get("activation_bits") or 16
    if bits == 8 and (gpu.get("fp8_units") or gpu.get("int8_units")):
        return 2
    return 4 if bits == 4 and gpu.get("fp4_units") else 1


def _quantization(row: Row, engine: str | None, knowledge: Knowledge) -> str | None:
    """The format by its name, or its counterpart where the engine reads only that.

    A server that is given no format loads the checkpoint as it is published, in 16 bit; for an engine that reads GGUF
    it is assumed as for anybody who asks.
    """
    read = knowledge.entries["engines"][engine].get("containers") if engine else ["safetensors"]
    if not row.cell("quantization"):
        return "bf16" if "safetensors" in (read or ()) else None
    key = knowledge.find("quantizations", row.cell("quantization"))
    entry = knowledge.entries["quantizations"][key]
    if not engine and entry["family"] == "float":
        return "bf16"
    other = entry.get("counterpart")
    if read and entry["container"] not in read and other and entry["family"] == _family(other, knowledge):
        return str(other)
    return key


def _family(key: str, knowledge: Knowledge) -> str:
    return str(knowledge.entries["quantizations"][key]["family"])


def _kv_cache(row: Row, engine: str | None, quantization: str | None, knowledge: Knowledge) -> str | None:
    """The type of KV cache; FP8 for TensorRT-LLM with the vendor's FP8 and FP4 checkpoints, which bring it along."""
    told = row.cell("kv_dtype").lower()
    for name, key in (("fp8", "fp8"), ("q8", "q8_0"), ("q4", "q4_0")):
        if name in told:
            return key
    entry = knowledge.entries["quantizations"][quantization or "bf16"]
    narrow = entry["family"] in ("fp8", "fp4") and (entry.get("activation_bits") or 16) < 16
    return "fp8" if engine == "tensorrt_llm" and narrow and not told else None
