"""Words for what documents hold as keys: names before identifiers, money, changes, intervals, the setup in a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..model.metrics import METRICS as METRICS
from ..model.metrics import OF_EACH
from ..model.metrics import REMARKS as REMARKS
from ..model.metrics import TERMS as TERMS
from ..model.quantity import number, percent, spoken

Document = Mapping[str, Any]
Row = Mapping[str, Any]
COLUMNS = {
    "latency": ("decode_tok_s", "prefill_tok_s"),
    "prefill": ("prefill_tok_s", "decode_tok_s"),
    "throughput": ("output_throughput_tok_s", "decode_tok_s"),
    "efficiency": ("tokens_per_joule", "decode_tok_s"),
    "capacity": ("capacity_tokens", "decode_tok_s"),
}
COMMAND = re.compile(r"([A-Z_]+=\S+ )*[a-z][a-z0-9_./-]+ ")
"""How a shell command begins: settings of the environment, then a program."""
OFFLOADS = {
    "some_experts_cpu": "some experts on the host",
    "experts_cpu": "all experts on the host",
    "layers_cpu": "layers on the host",
}
"""What is kept in host memory, as a scenario names it."""
STATUS = {"recommended": "do", "optional": "could", "rejected": "leave"}


NOTHING = ["do_nothing"]
"""What a measurement decides on which no advice turns."""


class Words:
    """What the keys of one document are called."""

    def __init__(self, document: Document) -> None:
        self.names: Mapping[str, Mapping[str, str]] = document.get("names") or {}
        told = {key: short(name) for folder in self.names.values() for key, name in folder.items()}
        told |= {key: words[0] for key, words in METRICS.items()}
        told |= OFFLOADS
        self._told = told
        keys = "|".join(re.escape(key) for key in sorted(told, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![\w./:=-])(?:{keys})(?![\w/=-]|\.\w)")

    def say(self, text: Any) -> str:
        """A sentence with names in place of the keys it holds.

        >>> Words({}).say("under llama.cpp, some_experts_cpu; --offload=some_experts_cpu")
        'under llama.cpp, some experts on the host; --offload=some_experts_cpu'
        """
        return self._pattern.sub(lambda found: self._told[found[0]], str(text))

    def name(self, folder: str, key: str) -> str:
        """The name of an entry, without what stands in brackets behind it; its key where the document has no name."""
        return short(self.names.get(folder, {}).get(key, key))

    def decides(self, measurement: Row) -> str:
        """What a measurement tells: the options it decides, or how good the numbers are where it decides none."""
        if measurement["decides"] == NOTHING:
            return "tells how good these numbers are; no advice turns on it"
        return "decides: " + ", ".join(self.name("options", one) for one in measurement["decides"])

    def option(self, row: Row) -> str:
        """An option with its variant, in words."""
        name = row.get("name") or self.name("options", str(row["id"]))
        return f"{name}: {self.say(row['variant'])}" if row.get("variant") else str(name)


def short(name: str) -> str:
    """A name without its remark in brackets.

    >>> short("GPTQ INT4 (group 128)"), short("Q4_K_M")
    ('GPTQ INT4', 'Q4_K_M')
    """
    return re.sub(r"\s*\(.*\)\s*$", "", name) or name


def sentences(text: str) -> list[str]:
    """The sentences of a verdict.

    >>> sentences("It fits. First: 1.5 times as fast. Do not buy.")
    ['It fits.', 'First: 1.5 times as fast.', 'Do not buy.']
    """
    return re.split(r"(?<=\.) (?=[A-Z])", text)


def settles_nothing(document: Document) -> bool:
    """Whether there is a measurement to make on which no advice turns."""
    return bool(document["next_measurement"]) and document["next_measurement"]["decides"] == NOTHING


def columns(document: Document) -> Sequence[str]:
    """The two metrics that matter for the goal, the first first."""
    return COLUMNS.get(document["scenario"]["goal"]["optimize"], COLUMNS["latency"])


def named_metrics(document: Document) -> dict[str, tuple[str, str, str]]:
    """The numbers of an answer with their names, as they are called with so many users."""
    several = document["scenario"]["workload"]["users"] > 1
    each = {name: (told, told, METRICS[name][2]) for name, told in OF_EACH.items() if several}
    return {name: each.get(name, own) for name, own in METRICS.items()}


def money(cost: Row | None) -> str:
    """A price.

    >>> money(None), money({"low": 0, "high": 0}), money({"low": 60, "high": 400}), money({"low": 80, "high": 80})
    ('price unknown', 'free', '$60-400', '$80')
    >>> money({"low": 0, "high": 900, "bought": {"low": 700, "high": 1500}, "sold": {"low": 600, "high": 800}})
    'net up to $900'
    """
    if cost is None:
        return "price unknown"
    if cost["high"] == 0:
        return "free"
    net = "net " if "sold" in cost else ""
    return f"net up to {spoken(cost['high'], 'USD')}" if net and cost["low"] == 0 else f"{net}{_range(cost)}"


def money_apart(cost: Row | None) -> str:
    """A price; of an exchange what is bought and what the old parts bring.

    >>> money_apart({"low": 0, "high": 900, "bought": {"low": 700, "high": 1500}, "sold": {"low": 600, "high": 800}})
    '$700-1,500 less $600-800 for the old'
    """
    if cost is None or "sold" not in cost or cost["high"] == 0:
        return money(cost)
    return f"{_range(cost['bought'])} less {_range(cost['sold'])} for the old"


def spent(step: Row) -> str:
    """What the path costs up to a step; net where the step sells old parts."""
    sells = "sold" in (step["cost_usd"] or {})
    return money({**step["spent_usd"], "sold": {}} if sells and step["spent_usd"] else step["spent_usd"])


def _range(ends: Row) -> str:
    low, high = spoken(ends["low"], "USD"), f"{ends['high']:,.0f}"
    return low if low == f"${high}" else f"{low}-{high}"


def change(relative: Row | None) -> str:
    """A relative change with its interval.

    >>> change({"value": 0.3, "low": 0.24, "high": 0.35}), change(None)
    ('+30 % [+24, +35]', 'unknown')
    """
    if relative is None:
        return "unknown"
    low, high = (percent(relative[part]).replace(" %", "") for part in ("low", "high"))
    return f"{percent(relative['value'])} [{low}, {high}]"


def effect(row: Row, metric: str) -> Row | None:
    """What an option changes of a metric."""
    return next((one["relative"] for one in row["effects"] if one["metric"] == metric), None)


def doubt(row: Row, document: Document) -> str:
    """A remark on a step whose gain may be a loss, as its interval reaches below zero; else empty."""
    relative = effect(row, columns(document)[0])
    loses = relative is not None and relative["low"] < 0 < relative["value"]
    return "It may also lose: measure before and after. " if loses else ""


def interval(quantity: Row, unit: str = "") -> str:
    """A number with its interval; alone where it is exact.

    >>> interval({"value": 54.04, "low": 47, "high": 61}, "tok/s"), interval({"value": 8, "low": 8, "high": 8}, "W")
    ('54.0 tok/s [47 to 61]', '8 W')
    """
    value, low, high = (number(quantity[part]) for part in ("value", "low", "high"))
    told = f"{value} {unit}".rstrip()
    return told if low == high else f"{told} [{low} to {high}]"


def value_of(value: Any) -> str:
    """A setting in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)


def setup(document: Document, words: Words) -> Iterator[str]:
    """The rig, the model, the engine and the work, in parts to be joined."""
    scenario = document["scenario"]
    rig, workload = scenario["rig"], scenario["workload"]
    cards = " + ".join(f"{group['count']}× {words.name('gpus', group['gpu'])}" for group in rig["gpus"])
    count = sum(group["count"] for group in rig["gpus"])
    joined = _bonds(rig, bond_name(words)) if count > 1 and (words.names.get("links") or rig.get("nvlink")) else ""
    machines = f"in {rig['nodes']} machines" if (rig.get("nodes") or 1) > 1 else ""
    yield ", ".join(filter(None, (cards, joined, machines)))
    model, form = words.name("models", workload["model"]), words.name("quantizations", workload["quantization"])
    sizes = workload["parallelism"]
    layout = ", ".join(f"{name} {sizes[name]}" for name in ("tensor", "pipeline", "replicas") if sizes[name] > 1)
    yield f"{model} in {form} under {words.name('engines', workload['engine'])}, {layout or 'one card'}"
    users = f"{workload['users']:,} users" if workload["users"] > 1 else "1 user"
    yield (f"prompt {workload['prompt_tokens']:,}, output {workload['output_tokens']:,}, "
           f"context {workload['context_tokens']:,}, {users}")  # fmt: skip


def model_file(document: Document) -> Iterator[str]:
    """What was read of the file that names the model, and what was not."""
    told = document.get("model_file")
    if not told:
        return
    same = f", the shape of {told['same_as']}" if told["same_as"] else ""
    size = f"; exactly {told['bytes'] / 1e9:.2f} GB of weights" if told["bytes"] else ""
    yield f"model read from {told['path']}{same}{size}"
    yield from (f"not read: {one}" for one in told["unread"])


def instruction(do: str) -> tuple[str, str]:
    """What an option asks for, as words and as a command to paste; either may be empty.

    >>> instruction("Get the GPTQ INT4 checkpoint and serve that: vllm serve CHECKPOINT")
    ('Get the GPTQ INT4 checkpoint and serve that:', 'vllm serve CHECKPOINT')
    >>> instruction("A=1 vllm serve X"), instruction("Move it, then read: `lspci`.")
    (('', 'A=1 vllm serve X'), ('Move it, then read: `lspci`.', ''))
    """
    if COMMAND.match(do):
        return "", do
    words, colon, command = do.partition(": ")
    return (f"{words}:", command) if colon and COMMAND.match(command) else (do, "")


def steps(document: Document) -> list[dict[str, Any]]:
    """The steps of the path, each with the option it takes; the recommended options where there is no path.

    To do nothing is told only where nothing else is recommended.
    """
    rows = {row["id"]: row for row in document["options"]}
    walked = (document.get("path") or {}).get("steps") or []
    if walked:
        return [{**rows[step["option"]], **step, "id": step["option"]} for step in walked]
    advised = [row for row in document["options"] if row["status"] == "recommended"]
    return [row for row in advised if row["kind"] != "none"] or advised


def beside(document: Document) -> list[Row]:
    """Options that are recommended by themselves and are no step of the path, each with the reason."""
    told = {one["option"]: one["says"] for one in (document.get("path") or {}).get("left_out") or []}
    rows = document["options"]
    return [
        {**row, "left_out": told[row["id"]]} for row in rows if row["status"] == "recommended" and row["id"] in told
    ]


def not_to_buy(document: Document) -> list[Row]:
    """Hardware with a price that is rejected and that no step of the path takes."""
    taken = {step["id"] for step in steps(document)}
    return [row for row in document["options"]
            if row["kind"] == "hardware" and row["status"] == "rejected" and row["id"] not in taken
            and row["cost_usd"] and not (row["why_not"] or {}).get("moot")]  # fmt: skip


def bond_name(words: Words) -> str:
    """What joins the cards of a document directly: NVLink, or what the maker of other cards calls it."""
    return next((short(name) for name in words.names.get("links", {}).values()), "NVLink")


def _bonds(rig: Row, bond: str) -> str:
    nvlink = rig.get("nvlink")
    if not nvlink:
        return f"no {bond}"
    pairs = nvlink if isinstance(nvlink, str) else ", ".join(f"{a}-{b}" for a, b in nvlink)
    everywhere = f"{bond} between all" if (rig.get("nodes") or 1) == 1 else f"{bond} between all cards of a machine"
    return everywhere if pairs == "full" else f"{bond} {pairs}"


def fit(numbers: Row, brief: bool = False) -> str:
    """Whether it fits, and what each card holds."""
    used = [row for row in numbers["memory"] if row["used"]]
    if not used:
        return "whether it fits cannot be told: the model's shape is not known"
    least = min(used, key=lambda row: row["free_gb"])
    weights, cache, engine = (least[part] for part in ("weights_gb", "kv_cache_gb", "overhead_gb"))
    free = f"{least['free_gb']:.1f} GB free" if least["free_gb"] >= 0 else f"{-least['free_gb']:.1f} GB too much"
    held = "" if brief else f" (weights {weights:.1f}, KV cache {cache:.2f}, engine {engine:.1f})"
    if queue := numbers.get("requests_at_once"):
        together = "1 request fits" if round(queue["value"]) == 1 else f"{queue['value']:,.0f} requests fit"
        return f"{together} at once: {free} for all on the fullest card{held}"
    if numbers["fits"] and least["free_gb"] < 0:  # what one card lacks room for, another one has
        return f"fits, layer by layer: {sum(row['free_gb'] for row in used):.1f} GB free on all cards"
    return f"{'fits' if numbers['fits'] else 'DOES NOT FIT'}: {free} on the fullest card{held}"


def shares(numbers: Row, metric: str, most: int = 3) -> str:
    """Where the time of the phase goes that a metric speaks of; empty for other metrics."""
    phase = {"decode_tok_s": "decode", "prefill_tok_s": "prefill"}.get(metric, "")
    parts = [f"{TERMS.get(term, term)} {share * 100:.0f} %" for term, share in numbers["shares"].get(phase, {}).items()
             if share >= 0.01]  # fmt: skip
    return ", ".join(parts[:most])


def failed(row: Row, words: Words) -> str:
    """Why an option is not recommended, in a line; empty where nothing is told."""
    told = (row.get("why_not") or {}).get("failed")
    if not told:
        return ""
    condition, observed, needed = (words.say(told[part]) for part in ("condition", "observed", "needed"))
    return f"{condition}: no, {observed}; needed {needed}"
