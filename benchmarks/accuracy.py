"""`python -m benchmarks.accuracy`: errors on sources that the fit has not seen, as the README and the docs show them.

`--write` puts the table into README.md, and table, strata and picture into docs/. Peers answer the same rows by the
formulas that they publish: each was made for other things, said beside it.
"""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.errors import RigwiseError  # noqa: E402
from engine.measuring.backtest import cross_validated, document, outcomes, rows_csv  # noqa: E402
from engine.measuring.calibration.ablation import ablation  # noqa: E402
from engine.measuring.rows import REDUCED, Row, read_rows  # noqa: E402
from engine.reading import Knowledge, load_knowledge  # noqa: E402
from engine.showing.accuracy_picture import NAMES, svg  # noqa: E402

PUBLISHED = ROOT / "knowledge/measurements/published.csv"
TABLE = ROOT / "docs/accuracy.json"
BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"
WITHOUT = (
    "What each term buys: median errors of the fit, seen groups included, without the term and all else fitted anew."
)
Peer = Callable[[float, float, int], float]
# Tokens per second of one user from bandwidth of one card [B/s], bytes of the weights [B] and cards.
PEERS: dict[str, tuple[str, Peer]] = {
    "bandwidth / file size": ("the ceiling that web calculators print", lambda rate, size, cards: rate / size),
    "llmfit 1.1.17, formula": ("which models fit: x 0.55, no mode", lambda rate, size, cards: 0.55 * rate / size),
}  # fmt: skip


def table(told: Mapping[str, Any]) -> str:
    """The table of the README."""
    found = {row["metric"]: row for row in told["overall"]}
    lines = [
        "| metric | rows predicted | median error | nine in ten within | inside the 80 % interval |",
        "|---|---:|---:|---:|---:|",
    ]
    for metric, name in NAMES.items():
        row = found[metric]
        lines.append(
            f"| {name} | {row['n']} | {row['median_abs_log_ratio']:.0%} | {row['p90_abs_log_ratio']:.0%} "
            f"| {row['coverage_80']:.0%} |".replace("%", " %")
        )
    return "\n".join(lines)


def strata(told: Mapping[str, Any]) -> str:
    """Every stratum of two rows and more."""
    lines = [
        "| stratum | rows | groups | median | p90 | in 80 % | width | bias |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in told["strata"]:
        name = " ".join(row[part] for part in ("metric", "layout", "architecture", "link"))
        numbers = [row[part] for part in ("median_abs_log_ratio", "p90_abs_log_ratio", "coverage_80", "mean_width")]
        cells = " | ".join(f"{number:.2f}" for number in numbers)
        lines.append(f"| {name} | {row['n']} | {row['groups']} | {cells} | {row['bias_log_ratio']:+.2f} |")
    return "\n".join(lines)


def peers(rows: list[Row], predicted: Mapping[str, float], knowledge: Knowledge) -> str:
    """Median error over groups on the batch-1 decode rows that all of them answer."""
    lines = ["| | made for | one card | layer split | tensor |", "|---|---|---:|---:|---:|"]
    chosen = [row for row in rows if row.metric == "decode_tok_s" and row.batch == 1 and row.id in predicted]
    for name, (purpose, formula) in PEERS.items():
        lines.append(f"| {name} | {purpose} | {_cells(chosen, lambda row: _peer(row, formula, knowledge))} |")  # noqa: B023
    lines.append(f"| rigwise, unseen | whole rigs | {_cells(chosen, lambda row: predicted[row.id])} |")
    return "\n".join(lines)


def _peer(row: Row, formula: Peer, knowledge: Knowledge) -> float | None:
    gpu = knowledge.entries["gpus"][knowledge.find("gpus", row.cell("gpu"))]
    model = knowledge.entries["models"][knowledge.find("models", row.cell("model"))]
    told = row.cell("quantization")
    bits = knowledge.entries["quantizations"][knowledge.find("quantizations", told)]["bits_per_weight"] if told else 16
    active = (model.get("parameters") or {}).get("active")
    if not (gpu.get("memory_bandwidth_gb_s") and active and bits):
        return None
    return formula(gpu["memory_bandwidth_gb_s"] * 1e9, float(active) * float(bits) / 8, row.ranks)


def _cells(rows: list[Row], predict: Callable[[Row], float | None]) -> str:
    found = []
    for layout in ("single", "layer", "tensor"):
        groups: dict[tuple[str, str], list[float]] = {}
        for row in rows:
            own = "tensor" if row.size("tp") > 1 else "layer" if row.size("pp") > 1 else "single"
            value = predict(row) if own == layout else None
            if value:
                groups.setdefault(row.group, []).append(abs(math.log(value / row.value)))
        found.append(f"{median(median(one) for one in groups.values()):.2f}" if groups else "-")
    return " | ".join(found)


def sample(rows: list[Row]) -> list[Row]:
    """A few rows of every source, for a test that has seconds."""
    return rows[::24]


def errors_of(rows: list[Row], knowledge: Knowledge) -> dict[str, float]:
    """Median error of each metric and of each stratum on some rows, with the constants as they stand."""
    found: dict[str, list[float]] = {}
    for one in outcomes(rows, knowledge):
        if one.log_ratio is not None:
            for name in (one.row.metric, f"{one.row.metric} {one.layout} {one.architecture} {one.link}"):
                found.setdefault(name, []).append(abs(one.log_ratio))
    return {name: round(median(errors), 4) for name, errors in sorted(found.items())}


def answered(rows: list[Row], predicted: Mapping[str, float], knowledge: Knowledge) -> str:
    """How many rows are predicted of those whose GPU and model are known and whose metric is one of the model's."""
    asked = [row for row in rows if row.metric in NAMES and _known(row, knowledge)]
    plain = [row for row in asked if not row.cell("spec_decode")]
    told = sum(row.id in predicted for row in asked)
    return (
        f"Answered: {told} of {len(asked)} rows whose GPU and model are known ({told / len(asked):.0%}), and of those "
        f"without speculative decoding {told / len(plain):.0%}; the others are skipped with a reason."
    ).replace("%", " %")


def _known(row: Row, knowledge: Knowledge) -> bool:
    try:
        knowledge.find("gpus", row.cell("gpu"))
        if row.metric not in REDUCED:
            knowledge.find("models", row.cell("model"))
    except RigwiseError:
        return False
    return True


def terms(found: Mapping[str, Any]) -> str:
    """What each term buys: the errors without it."""
    shown = [metric for metric in NAMES if metric in found["whole"]]
    lines = [
        "| without | " + " | ".join(NAMES[metric] for metric in shown) + " |",
        "|---|" + "---:|" * len(shown),
    ]
    rows = [{"term": "(the whole model)", "error": found["whole"]}, *found["without"]]
    for row in rows:
        cells = " | ".join(f"{row['error'][metric]:.2f}" for metric in shown)
        lines.append(f"| {row['term']} | {cells} |")
    return "\n".join(lines)


def main(write: bool) -> None:
    """Print the table; with `write`, put it where it is shown."""
    rows, knowledge = list(read_rows(PUBLISHED)), load_knowledge()
    found = cross_validated(rows, knowledge)
    without = terms(ablation(rows, knowledge))
    show(document(found, "leave_one_group_out"), rows_csv(found), rows, knowledge, without, write)


def show(told: dict[str, Any], text: str, rows: list[Row], knowledge: Knowledge, without: str, write: bool) -> None:
    """Print and write what a run told. without: the table of terms left out."""
    lines = list(csv.DictReader(io.StringIO(text)))
    predicted = {line["id"]: float(line["predicted"]) for line in lines if line["predicted"]}
    beside, share = peers(rows, predicted, knowledge), answered(rows, predicted, knowledge)
    print(table(told), share, beside, without, sep="\n\n")
    if write:
        TABLE.parent.mkdir(exist_ok=True)
        kept = {"sample": errors_of(sample(rows), knowledge), "overall": told["overall"], "strata": told["strata"]}
        TABLE.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
        points = [
            (line["metric"], float(line["measured"]), predicted[line["id"]]) for line in lines if line["predicted"]
        ]
        (ROOT / "docs/accuracy.svg").write_text(svg(points), "utf-8")
        page = ROOT / "docs/accuracy.md"
        page.write_text(
            _between(
                page.read_text("utf-8"), "\n\n".join((table(told), share, strata(told), beside, WITHOUT, without))
            ),
            "utf-8",
        )
        readme = ROOT / "README.md"
        readme.write_text(_between(readme.read_text("utf-8"), table(told)), "utf-8")


def _between(text: str, new: str) -> str:
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n{new}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    main("--write" in sys.argv[1:])
