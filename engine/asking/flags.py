"""The short form: command-line flags as a scenario, over the one of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..checking.scenario_fields import MOST_CARDS
from ..errors import BadInput

PATHS = {
    "driver": "rig.driver", "psu": "rig.psu_w", "platform": "rig.host.platform",
    "ram_bandwidth": "rig.host.ram_bandwidth_gb_s", "nodes": "rig.nodes", "network": "rig.network_gbit_s",
    "network_transport": "rig.network_transport",
    "p2p": "rig.p2p", "model": "workload.model", "quant": "workload.quantization", "kv": "workload.kv_quantization",
    "engine": "workload.engine", "engine_version": "workload.engine_version", "tensor": "workload.parallelism.tensor",
    "pipeline": "workload.parallelism.pipeline", "replicas": "workload.parallelism.replicas",
    "split_mode": "workload.parallelism.split_mode", "offload": "workload.offload", "prompt": "workload.prompt_tokens",
    "output": "workload.output_tokens", "context": "workload.context_tokens", "users": "workload.users",
    "optimize": "goal.optimize", "budget": "goal.budget_usd", "max_watts": "goal.max_watts",
}  # fmt: skip
WORDS = frozenset(
    {
        "engine_version",
        "model",
        "quant",
        "kv",
        "engine",
        "platform",
        "driver",
        "split_mode",
        "offload",
        "optimize",
        "network_transport",
    }
)

_DIGITS = r"(?:\d{1,3}(?:[,_]\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_UNITS = r"(?:w|watts?|gb/s|gbit/s|tokens?|users?|usd)?"
AMOUNT = rf"(?i)\s*\$?((?:{_DIGITS})(?:e[+-]?\d{{1,2}})?)\s*(k|m)?\s*{_UNITS}\s*"


def with_flags(scenario: dict[str, Any], flags: Mapping[str, Any]) -> dict[str, Any]:
    """The scenario with every flag that is given laid over it. Raises BadInput for a flag that cannot be read."""
    if flags.get("gpu"):
        _put(scenario, "rig.gpus", [group(text) for text in flags["gpu"]])
    if flags.get("nvlink"):
        _put(scenario, "rig.nvlink", bonds(flags["nvlink"]))
    if flags.get("pcie"):
        slots = [slot(text) for text in str(flags["pcie"]).split(",")]
        _put(scenario, "rig.pcie", slots[0] if len(slots) == 1 else slots)
    if flags.get("engine_flag"):
        _put(scenario, "workload.engine_flags", list(flags["engine_flag"]))
    for name, path in PATHS.items():
        if flags.get(name) is not None:
            _put(scenario, path, flags[name] if name in WORDS or name == "p2p" else amount(flags[name], f"--{name}"))
    if flags.get("power_limit") is not None:
        _limit_power(scenario, str(flags["power_limit"]))
    prices = dict(price(text) for text in flags.get("price") or ())
    if prices:
        scenario["prices"] = {**(scenario.get("prices") or {}), **prices}
    for text in flags.get("set") or ():
        path, value = assignment(text)
        _put(scenario, path, value)
    return scenario


def group(text: str) -> dict[str, Any]:
    """Cards of one model: `4x"RTX 3090"`, `4 x rtx_3090`, `3090`, and the other way round, `3090x4`.

    >>> group('4x"RTX 3090"'), group("7900xtx"), group("3090x4")
    ({'gpu': 'RTX 3090', 'count': 4}, {'gpu': '7900xtx', 'count': 1}, {'gpu': '3090', 'count': 4})
    """
    behind = re.fullmatch(r'\s*"?([^"]*\d)"?\s*[x×*]\s*(\d{1,2})\s*', text)
    if behind is not None and not re.match(r"\s*\d{1,3}\s*[x×*]", text):
        return {"gpu": behind[1], "count": int(behind[2])}
    found = re.fullmatch(r'\s*(?:(\d{1,3})\s*[x×*]\s*)?"?([^"]+?)"?\s*', text)
    if found is None:
        raise BadInput(f"cannot read the cards '{text}'", where="--gpu", hint='write 4x"RTX 3090"')
    return {"gpu": found[2], "count": int(found[1] or 1)}


def cards_in_order(texts: Sequence[str]) -> list[str]:
    """The name of each card, in order, of groups of cards as `group` reads them.

    >>> cards_in_order(["2x3090", "RTX 4090"])
    ['3090', '3090', 'RTX 4090']
    """
    return [one["gpu"] for text in texts for one in [group(text)] for _ in range(min(one["count"], MOST_CARDS + 1))]


def bonds(text: str) -> Any:
    """NVLink pairs: `0-1,2-3`, `full` or `none`.

    >>> bonds("0-1,2-3"), bonds("full"), bonds("none")
    ([[0, 1], [2, 3]], 'full', [])
    """
    if text in ("full", "none"):
        return "full" if text == "full" else []
    pairs = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d+)\s*[-:]\s*(\d+)\s*", part)
        if found is None:
            raise BadInput(f"cannot read the NVLink pair '{part}'", where="--nvlink", hint="write 0-1,2-3 or full")
        pairs.append([int(found[1]), int(found[2])])
    return pairs


def slot(text: str) -> dict[str, int]:
    """A slot: `4.0x16`, `4x16`, `gen4x16`.

    >>> slot("4.0x16")
    {'gen': 4, 'lanes': 16}
    """
    found = re.fullmatch(r"\s*(?:gen|pcie)?\s*(\d)(?:\.0)?\s*[x×]\s*(\d+)\s*", text, re.IGNORECASE)
    if found is None:
        raise BadInput(f"cannot read the slot '{text}'", where="--pcie", hint="write 4.0x16")
    return {"gen": int(found[1]), "lanes": int(found[2])}


def amount(text: Any, flag: str) -> Any:
    """A number, with thousands apart or `k` behind it if need be.

    >>> amount("8k", "--context"), amount("1,024", "--prompt"), amount("0.5", "--x")
    (8192, 1024, 0.5)
    """
    if isinstance(text, int | float):
        return text
    found = re.fullmatch(AMOUNT, str(text))
    if found is None:
        below = re.fullmatch(r"\s*-\s*" + AMOUNT.removeprefix("(?i)"), str(text), re.IGNORECASE)
        told = f"'{text}' is below zero" if below else f"cannot read the number '{text}'"
        raise BadInput(told, where=flag.replace("_", "-"), hint="write digits, such as 8192 or 8,192")
    value = (
        float(found[1].replace(",", "").replace("_", "")) * {"": 1, "k": 1024, "m": 1024**2}[(found[2] or "").lower()]
    )
    return int(value) if value.is_integer() else value


def price(text: str) -> tuple[str, dict[str, float]]:
    """A price of one's own: `rtx_3090=650` or `rtx_3090=600-700`.

    >>> price("rtx_3090=600-700")
    ('rtx_3090', {'low': 600.0, 'high': 700.0})
    """
    found = re.fullmatch(r"\s*([\w.-]+)\s*=\s*\$?(\d+(?:\.\d+)?)(?:\s*-\s*\$?(\d+(?:\.\d+)?))?\s*", text)
    if found is None:
        raise BadInput(
            f"cannot read the price '{text}'", where="--price", hint="write rtx_3090=650 or rtx_3090=600-700"
        )
    low, high = float(found[2]), float(found[3] or found[2])
    if low > high:
        raise BadInput(
            f"the price '{text}' goes from {low:g} down to {high:g}", where="--price", hint="write the lower one first"
        )
    return found[1], {"low": low, "high": high}


def assignment(text: str) -> tuple[str, Any]:
    """`path=value` with the value read as YAML would read it, as far as JSON goes.

    >>> assignment("workload.users=4"), assignment("rig.nvlink=[[0,2]]"), assignment("workload.model=qwq_32b")
    (('workload.users', 4), ('rig.nvlink', [[0, 2]]), ('workload.model', 'qwq_32b'))
    """
    import json

    path, sign, value = text.partition("=")
    if not sign or not re.fullmatch(r"[a-z_]+(\.\w+)+", path.strip()):
        raise BadInput(f"cannot read '{text}'", where="--set", hint="write a path and a value: workload.users=4")
    try:
        return path.strip(), json.loads(value)
    except ValueError:
        return path.strip(), value.strip()


def _limit_power(scenario: dict[str, Any], text: str) -> None:
    """One limit for all cards, or one for each group of cards or each card, with commas between: `350` or `350,280`.

    Raises BadInput where there is another number of limits than of groups and of cards.
    """
    rig = scenario.get("rig")
    listed = rig.get("gpus") if isinstance(rig, dict) else None
    groups = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    limits = [amount(one, "--power-limit") for one in text.split(",")]
    if len(limits) > 1 and groups:
        cards = [one for one in groups for _ in range(_count(one))]
        if len(limits) not in (len(groups), len(cards)):
            told = f"{len(limits)} limits for {len(cards)} card{'s' * (len(cards) > 1)}"
            raise BadInput(told, where="--power-limit", hint="give one number of watts for all, or one for each card")
        if len(limits) != len(groups):
            groups = [{**one, "count": 1} for one in cards]
            _put(scenario, "rig.gpus", groups)
    for one, watts in zip(groups, limits if len(limits) > 1 else limits * len(groups), strict=False):
        one["power_limit_w"] = watts


def _count(group: Mapping[str, Any]) -> int:
    """Cards of a group, as far as its count is one that can be."""
    count = group.get("count", 1)
    return count if isinstance(count, int) and 0 < count <= MOST_CARDS else 1


def _put(scenario: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    place: Any = scenario
    for name in parents:
        if not isinstance(place, dict | list):
            raise BadInput(f"there is nothing to set '{name}' in", where=path)
        if isinstance(place, list):
            place = place[_index(place, name, path)]
            continue
        inner = place.get(name)
        if not isinstance(inner, dict | list):
            inner = place[name] = {}
        place = inner
    if isinstance(place, list):
        place[_index(place, last, path)] = value
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise BadInput(f"there is nothing to set '{last}' in", where=path)


def _index(items: list[Any], name: str, path: str) -> int:
    """Position in a list. Raises BadInput where it has none such."""
    if not (name.isdecimal() and int(name) < len(items)):
        raise BadInput(f"there is no '{name}' in the list of {len(items)}", where=path)
    return int(name)
