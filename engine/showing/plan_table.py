"""The front of a plan as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

PLAIN = (
    "id", "says", "gpu", "count", "power_limit_w", "platform", "links", "driver", "ram_gb", "engine", "quantization",
    "kv_quantization", "offload",
)  # fmt: skip
SIZES = ("tensor", "pipeline", "replicas", "split_mode")
INTERVALS = (
    "cost_usd", "user_decode_tok_s", "decode_tok_s", "prefill_tok_s", "output_throughput_tok_s", "ttft_ms", "power_w",
)  # fmt: skip


def csv_text(document: Mapping[str, Any]) -> str:
    """One line for each row; intervals in three columns, with `_low` and `_high`; no value where there is none."""
    out = io.StringIO()
    ends = [f"{name}{end}" for name in INTERVALS for end in ("", "_low", "_high")]
    heads = [*PLAIN, "pcie_gen", "pcie_lanes", *SIZES, *ends, "best", "estimate"]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    for row in document["front"]:
        writer.writerow([
            *("" if row[name] is None else row[name] for name in PLAIN), row["pcie"]["gen"], row["pcie"]["lanes"],
            *(row["layout"][name] for name in SIZES),
            *(f"{row[name][end]:.6g}" if name in row else "" for name in INTERVALS for end in ("value", "low", "high")),
            row["id"] == document["best"], row["estimate"],
        ])  # fmt: skip
    return out.getvalue()
