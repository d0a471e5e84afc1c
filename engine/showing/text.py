"""The answer on a terminal: verdict first, then where the rig stands, what to do, what to leave, what was assumed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..model.quantity import number, percent, spoken

Document = Mapping[str, Any]
PHASES = ("decode", "prefill")
TERMS = {
    "weights": "reading weights", "kv_cache": "reading the KV cache", "all_reduce": "all-reduces",
    "launch": "launches, scheduling",
    "sends": "hand-overs between stages", "host_memory": "host memory", "power_limit": "power limit",
    "compute": "arithmetic",
}  # fmt: skip
COLUMNS = {
    "latency": (("decode_tok_s", "decode"), ("prefill_tok_s", "prefill")),
    "prefill": (("prefill_tok_s", "prefill"), ("decode_tok_s", "decode")),
    "throughput": (("output_throughput_tok_s", "throughput"), ("decode_tok_s", "decode")),
    "efficiency": (("tokens_per_joule", "tokens per joule"), ("decode_tok_s", "decode")),
}
STYLES = {"recommended": "32", "optional": "33", "rejected": "31", "head": "1", "dim": "2"}


class Paper:
    """Lines of a given width, coloured where the terminal can."""

    def __init__(self, width: int = 100, colour: bool = False) -> None:
        self.width, self.colour = max(60, min(width, 120)), colour

    def style(self, text: str, name: str) -> str:
        return f"\x1b[{STYLES[name]}m{text}\x1b[0m" if self.colour else text

    def wrap(self, text: str, indent: int = 0, first: int | None = None) -> Iterator[str]:
        lead = " " * (indent if first is None else first)
        yield from textwrap.wrap(text, self.width, initial_indent=lead, subsequent_indent=" " * indent) or [lead]


def recommendation(document: Document, paper: Paper) -> str:
    """The whole recommendation."""
    parts = [
        _verdict(document, paper), _now(document, paper), _options(document, paper), _rejected(document, paper),
        _reasons(document, paper), _conclusions(document, paper), _assumed(document, paper),
        _conflicts(document, paper), _next(document, paper),
    ]  # fmt: skip
    return "\n".join("\n".join(lines) for lines in map(list, parts) if lines) + "\n"


def estimate(document: Document, paper: Paper) -> str:
    """The numbers only."""
    lines = [*_now(document, paper), *_memory(document, paper), *_assumed(document, paper)]
    return "\n".join(lines) + "\n"


def _verdict(document: Document, paper: Paper) -> Iterator[str]:
    verdict = document["verdict"]
    yield from paper.wrap(f"VERDICT  {verdict['text']}", indent=9, first=0)
    factors = "; ".join(verdict["factors"])
    yield from paper.wrap(f"confidence: {verdict['confidence']}" + (f" ({factors})" if factors else ""), indent=9)
    yield ""


def _now(document: Document, paper: Paper) -> Iterator[str]:
    scenario, numbers = document["scenario"], document["estimate"]
    yield from paper.wrap(f"NOW      {_setup(scenario)}", indent=9, first=0)
    yield from _model_file(document, paper)
    yield from paper.wrap(_fit_line(numbers), indent=9)
    for why in numbers["cannot_run"]:
        line = f"CANNOT RUN: needs that {why['condition']}; observed {why['observed']}, needed {why['needed']}"
        yield from paper.wrap(f"{line}   ({why['proof']})", indent=9)
    for name, label, unit in (
        ("decode_tok_s", "decode, one user", "tok/s"), ("prefill_tok_s", "prefill", "tok/s"),
        ("output_throughput_tok_s", "output of all users", "tok/s"), ("ttft_ms", "first token", "ms"),
        ("tpot_ms", "each further token", "ms"), ("all_reduce_us", "one all-reduce", "µs"),
        ("power_w", "power while decoding", "W"), ("tokens_per_joule", "tokens per joule", ""),
    ):  # fmt: skip
        if name in numbers:
            yield f"         {label:<22}{_interval(numbers[name], unit):<34}{_shares(numbers, name)}".rstrip()
    for one in document.get("bottlenecks", []):
        name = one["id"].replace("_", " ")
        yield f"         bottleneck of {one['phase']}: {name}, {one['share']:.0%} of the time   ({one['proof']})"
    yield ""


def _model_file(document: Document, paper: Paper) -> Iterator[str]:
    """What was read of the file that names the model, and what was not."""
    told = document.get("model_file")
    if not told:
        return
    same = f", the shape of {told['same_as']}" if told["same_as"] else ""
    size = f"; exactly {told['bytes'] / 1e9:.2f} GB of weights" if told["bytes"] else ""
    yield from paper.wrap(f"model read from {told['path']}{same}{size}", indent=9)
    for one in told["unread"]:
        yield from paper.wrap(f"not read: {one}", indent=9)


def _setup(scenario: Mapping[str, Any]) -> str:
    rig, workload = scenario["rig"], scenario["workload"]
    cards = " + ".join(f"{group['count']}× {group['gpu']}" for group in rig["gpus"])
    sizes = workload["parallelism"]
    layout = (
        ", ".join(f"{name} {sizes[name]}" for name in ("tensor", "pipeline", "replicas") if sizes[name] > 1)
        or "one card"
    )
    bonds = rig.get("nvlink")
    nvlink = "NVLink between all" if bonds == "full" else f"NVLink {bonds}" if bonds else "no NVLink"
    users = f"{workload['users']} users" if workload["users"] > 1 else "1 user"
    return (
        f"{cards}, {nvlink}; {workload['model']} in {workload['quantization']} under {workload['engine']}, {layout}; "
        f"prompt {workload['prompt_tokens']:,}, output {workload['output_tokens']:,}, "
        f"context {workload['context_tokens']:,}, {users}"
    )


def _fit_line(numbers: Mapping[str, Any]) -> str:
    used = [row for row in numbers["memory"] if row["used"]]
    if not used:
        return "whether it fits cannot be told: the model's shape is not known"
    least = min(used, key=lambda row: row["free_gb"])
    weights, cache, engine = (least[part] for part in ("weights_gb", "kv_cache_gb", "overhead_gb"))
    what = f"weights {weights:.1f} GB, KV cache {cache:.2f} GB, engine {engine:.1f} GB"
    free = f"{least['free_gb']:.1f} GB free" if least["free_gb"] >= 0 else f"{-least['free_gb']:.1f} GB too much"
    return f"{'fits' if numbers['fits'] else 'DOES NOT FIT'}: each card holds {what}; {free} on the fullest"


def _memory(document: Document, paper: Paper) -> Iterator[str]:
    yield "MEMORY   card                weights    KV cache   engine     free   [GB]"
    for row in document["estimate"]["memory"]:
        name = f"{row['gpu']} {row['model']}"
        if row["used"]:
            yield (f"         {name:<20}{row['weights_gb']:>7.2f}{row['kv_cache_gb']:>12.2f}{row['overhead_gb']:>9.2f}"
                   f"{row['free_gb']:>9.2f}   ({row['proof']})")  # fmt: skip
        else:
            yield f"         {name:<20}  not used by this layout"
    yield ""


def _interval(quantity: Mapping[str, float], unit: str) -> str:
    low, high = number(quantity["low"]), number(quantity["high"])
    return f"{number(quantity['value'])} {unit} [{low} to {high}]".replace("  ", " ")


def _shares(numbers: Mapping[str, Any], name: str) -> str:
    phase = {"decode_tok_s": "decode", "prefill_tok_s": "prefill"}.get(name)
    if phase is None:
        return ""
    parts = [f"{TERMS[term]} {share:.0%}" for term, share in numbers["shares"][phase].items() if share >= 0.01]
    return ", ".join(parts[:3])


def _options(document: Document, paper: Paper) -> Iterator[str]:
    rows = [row for row in document["options"] if row["status"] != "rejected"]
    columns = COLUMNS.get(document["scenario"]["goal"]["optimize"], COLUMNS["latency"])
    heads = "".join(f"{label:<22}" for _, label in columns)
    yield paper.style(f"{'OPTIONS':<40}{'cost':>13}  {heads}conf", "head")
    for row in rows:
        yield paper.style(_option_line(row, [metric for metric, _ in columns]), row["status"])
        if row["status"] == "recommended":
            yield from paper.wrap(f"why: {row['says']}", indent=9, first=4)
            yield from paper.wrap(f"do:  {row['do']}", indent=9, first=4)
            yield from paper.wrap(f"risk: {row['risk']} undo: {row['undo']}", indent=9, first=4)
    yield ""


def _option_line(row: Mapping[str, Any], metrics: Sequence[str]) -> str:
    mark = {"recommended": "+", "optional": "~", "rejected": "x"}[row["status"]]
    name = f"{row['id']} ({row['variant']})" if row["variant"] else row["id"]
    effects = {one["metric"]: one["relative"] for one in row["effects"]}
    told = "".join(f"{_relative(effects.get(metric)):<22}" for metric in metrics)
    return f"{mark} {row['rank']:>2} {name:<35.35}{_money(row['cost_usd']):>13}  {told}{row['confidence']}"


def _money(cost: Mapping[str, float] | None) -> str:
    if cost is None:
        return "unknown"
    if cost["high"] == 0:
        return "free"
    return f"{spoken(cost['low'], 'USD')}-{cost['high']:,.0f}"


def _relative(relative: Mapping[str, float] | None) -> str:
    if relative is None:
        return "unknown"
    low, high = percent(relative["low"]).replace(" %", ""), percent(relative["high"]).replace(" %", "")
    return f"{percent(relative['value'])} [{low}, {high}]"


def _rejected(document: Document, paper: Paper) -> Iterator[str]:
    rows = [row for row in document["options"] if row["status"] == "rejected"]
    if rows:
        yield paper.style("REJECTED", "head")
    for row in rows:
        failed = (row["why_not"] or {}).get("failed") or {}
        said = (
            f"needs: {failed['condition']}; observed {failed['observed']}, needed {failed['needed']}" if failed else ""
        )
        money = f" [{_money(row['cost_usd'])}]" if row["cost_usd"] and row["cost_usd"]["high"] else ""
        yield from paper.wrap(f"x {row['id']}{money}: {said}", indent=4, first=0)
    yield ""


def _reasons(document: Document, paper: Paper) -> Iterator[str]:
    first = next((row for row in document["options"] if row["status"] == "recommended"), None)
    if first is None or not document["proofs"]:
        return
    yield paper.style(f"WHY {first['id']}", "head")
    yield from tree(document["proofs"], first["proof"], paper, depth=3)
    yield ""


def tree(
    proofs: Mapping[str, Mapping[str, Any]], name: str, paper: Paper, depth: int, lead: str = "  "
) -> Iterator[str]:
    """A proof as an indented tree: sentence, rule or formula or place, then what it rests on."""
    seen: set[str] = set()
    yield from _branch(proofs, name, paper, depth, lead, seen)


def _branch(
    proofs: Mapping[str, Mapping[str, Any]], name: str, paper: Paper, depth: int, lead: str, seen: set[str]
) -> Iterator[str]:
    node = proofs[name]
    yield from paper.wrap(f"{name}  {describe(node)}", indent=len(lead) + 5, first=len(lead))
    below = parents(node)
    if name in seen and below:
        yield f"{lead}     (shown above)"
        return
    seen.add(name)
    if depth == 0 and below:
        yield f"{lead}     … rests on {len(below)} more: rigwise why {name}"
        return
    for parent in below:
        yield from _branch(proofs, parent, paper, depth - 1, lead + "  ", seen)


def parents(node: Mapping[str, Any]) -> list[str]:
    """The nodes that a node rests on."""
    inputs: list[str] = []
    for value in (node.get("inputs") or {}).values():
        inputs += value if isinstance(value, list) else [value]
    return list(dict.fromkeys([*node.get("premises", []), *inputs]))


def describe(node: Mapping[str, Any]) -> str:
    """One line on a node: what it says and where it comes from."""
    sources = f" [{', '.join(node['sources'])}]" if node.get("sources") else ""
    if node["kind"] == "computed":
        inputs = ", ".join(f"{name}={_ref(value)}" for name, value in node["inputs"].items())
        return f"{number_of(node['value'])} = {node['formula']}({inputs})   <= {node['rule']}{sources}"
    if node["kind"] == "derived":
        checks = f"  ({'; '.join(node['checks'])})" if node.get("checks") else ""
        return f"{node['says']}{checks}   <= rule {node['rule']}{sources}"
    value = f" = {number_of(node['value'])}" if "value" in node else ""
    mark = f" ({node['mark']})" if node.get("mark") else ""
    word = "ASSUMED " if node["kind"] == "assumed" else ""
    return f"{word}{node['says']}{value}{mark}   <= {node['origin']}{sources}"


def _ref(value: Any) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


def number_of(value: Any) -> str:
    """A raw value of a proof, in SI."""
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _conclusions(document: Document, paper: Paper) -> Iterator[str]:
    if document["conclusions"]:
        yield paper.style("CONCLUSIONS", "head")
    for one in document["conclusions"]:
        yield from paper.wrap(f"- {one['says']}   ({one['id']})", indent=4, first=2)
    if document["conclusions"]:
        yield ""


def _assumed(document: Document, paper: Paper) -> Iterator[str]:
    rows = document["assumptions"]
    if rows:
        yield paper.style("ASSUMED", "head")
    for row in rows:
        value = (
            number(row["value"])
            if isinstance(row["value"], int | float) and not isinstance(row["value"], bool)
            else row["value"]
        )
        yield from paper.wrap(
            f"{row['path']} = {value}: {row['because']} (turns at: {row['flips_at']})", indent=6, first=2
        )
    if rows:
        yield ""


def _conflicts(document: Document, paper: Paper) -> Iterator[str]:
    rows: Sequence[Mapping[str, Any]] = document["conflicts"]
    if rows:
        yield paper.style("SOURCES DISAGREE", "head")
    for row in rows:
        yield from paper.wrap(f"{row['about']}: {'; '.join(map(str, row['evidence']))}", indent=6, first=2)
    if rows:
        yield ""


def _next(document: Document, paper: Paper) -> Iterator[str]:
    following = document["next_measurement"]
    yield paper.style(
        f"NEXT MEASUREMENT ({following['minutes']} min; decides {', '.join(following['decides'])})", "head"
    )
    yield from paper.wrap(following["command"], indent=4, first=2)
    knowledge = document["knowledge"]
    yield paper.style(f"knowledge {knowledge['version']} {knowledge['digest'][:19]}", "dim")
