"""Scenarios: what a user asks, forgiving in, exact out (schemas/scenario.schema.json).

A scenario that is written as it should be is recognised by a walk over the table of fields; anything else is read by
Cerberus with the coercions of that table, which is slower by its import. Both give the same answer.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..model.quantity import spoken
from ..reading.place import Map, where
from .scenario_fields import MOST_CARDS, SCENARIO, SLICE, Field

Scenario = dict[str, Any]
Problem = tuple[tuple[str | int, ...], str, str]
"""Path, what is wrong, hint."""

UNNUMBERED = ("latest", "main", "master", "nightly")
"""Versions that have no number."""


def read_scenario(asked: Mapping[str, Any] | Path) -> Scenario:
    """A scenario in canonical form; nothing is filled in.

    asked: a mapping (one that `read_yaml` gave knows its places), or the path of a file. Raises BadInput with
    everything that is wrong, ReadingErrors where a file is no YAML.
    """
    if isinstance(asked, Path):
        from ..reading import read_document

        asked = read_document(asked)
    if not isinstance(asked, Mapping):
        hint = "start with `rig:` and list the cards under `gpus:`"
        raise BadInput(f"a scenario is a mapping with rig, workload and goal, not {_shape(asked)}", hint=hint)
    scenario = _lifted(asked) if is_canonical(asked) else _lenient(asked)
    problems = contradictions(scenario)
    if problems:
        raise refusal(asked, problems)
    return finished(scenario)


def _lenient(asked: Mapping[str, Any]) -> Scenario:
    from .scenario_lenient import normalised

    scenario, problems = normalised(asked)
    if problems:
        raise refusal(asked, problems)
    return scenario


def _lifted(node: Any) -> Any:
    """A copy in plain dicts and lists."""
    if isinstance(node, Mapping):
        return {name: _lifted(value) for name, value in node.items()}
    return [_lifted(item) for item in node] if isinstance(node, list) else node


def is_canonical(asked: Mapping[str, Any]) -> bool:
    """Whether a scenario is written exactly as it would be read."""
    return _section(asked, SCENARIO)


def _section(given: Any, fields: Mapping[str, Field]) -> bool:
    if not isinstance(given, dict) or not given.keys() <= fields.keys():
        return False
    if any(field.needed and name not in given for name, field in fields.items()):
        return False
    return all(_exact(value, fields[name]) for name, value in given.items())


def _exact(value: Any, field: Field) -> bool:
    if field.each and isinstance(value, list):
        single = field._replace(each=False)
        return bool(value) and all(one is None or _exact(one, single) for one in value)
    kind = field.kind
    if kind == "count":
        return type(value) is int and field.least <= value <= field.most
    if kind == "amount":
        return type(value) in (int, float) and field.least < value <= field.most
    if kind == "money":
        return type(value) in (int, float) and field.least <= value <= field.most
    if kind == "text":
        return type(value) is str and 0 < len(value) <= 400 and value == value.strip() and value not in ("auto",)
    if kind == "word":
        return type(value) is str and value in field.choices
    if kind == "yes_no":
        return type(value) is bool
    if kind == "slice":
        return type(value) is bool or (type(value) is str and SLICE.fullmatch(value) is not None)
    return _exact_container(value, field)


def _exact_container(value: Any, field: Field) -> bool:
    kind = field.kind
    if kind == "section":
        return _section(value, field.fields)
    if kind == "groups":
        return (
            isinstance(value, list)
            and bool(value)
            and all(_section(one, field.fields) and "count" in one for one in value)
        )
    if kind == "layout":
        return value == "auto" or (isinstance(value, dict) and _section(value, field.fields))
    if kind == "slots":
        slots = value if isinstance(value, list) else [value]
        return bool(slots) and all(_section(one, field.fields) and len(one) == 2 for one in slots)
    if kind == "lanes":
        return type(value) is int and str(value) in field.choices
    if kind == "numbers":
        return isinstance(value, list) and all(type(one) is int and field.least <= one <= field.most for one in value)
    if kind == "flags":
        return isinstance(value, list) and all(type(one) is str and one == one.strip() != "" for one in value)
    return _exact_other(value, kind)


def _exact_other(value: Any, kind: str) -> bool:
    if kind == "bonds":
        return value == "full" or (isinstance(value, list) and all(_is_bond(pair) for pair in value))
    if kind == "waivers":
        return isinstance(value, dict) and all(type(reason) is str and reason for reason in value.values())
    return isinstance(value, dict) and all(_is_price(price) for price in value.values())


def _is_bond(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(type(one) is int and 0 <= one < MOST_CARDS for one in pair)


def _is_price(price: Any) -> bool:
    return (
        isinstance(price, dict)
        and price.keys() == {"low", "high"}
        and all(type(one) is float and 0 <= one <= 1e9 for one in price.values())
        and price["low"] <= price["high"]
    )


def contradictions(scenario: Scenario) -> list[Problem]:
    """What well-formed fields say against each other."""
    rig = scenario["rig"]
    cards = sum(group["count"] for group in rig["gpus"])
    if cards > MOST_CARDS:
        return [(("rig", "gpus"), f"{cards} GPUs", f"at most {MOST_CARDS} can be asked about")]
    return [
        *_machines(rig, cards), *_bonds(rig, cards), *_lists(rig, cards), *_layout(scenario, cards), *_tokens(scenario),
        *_version(scenario),
    ]  # fmt: skip


def _machines(rig: Mapping[str, Any], cards: int) -> list[Problem]:
    nodes = rig.get("nodes") or 1
    if nodes <= cards:
        return []
    hint = "list the cards of all machines under rig.gpus, such as --gpu 2x3090 for one in each of two"
    return [(("rig", "nodes"), f"{nodes} machines with {cards} GPU{'s' if cards > 1 else ''} in all", hint)]


def _version(scenario: Scenario) -> list[Problem]:
    version = (scenario.get("workload") or {}).get("engine_version")
    if not version or version in UNNUMBERED or any(letter.isdigit() for letter in version):
        return []
    hint = f"write a number or a commit, such as 0.11.0, or one of {', '.join(UNNUMBERED)}"
    return [(("workload", "engine_version"), f"'{version}' is no version", hint)]


def _tokens(scenario: Scenario) -> list[Problem]:
    workload = scenario.get("workload") or {}
    prompt, context = workload.get("prompt_tokens"), workload.get("context_tokens")
    if prompt and context and prompt > context:
        hint = "give a context that holds prompt and output"
        return [(("workload", "prompt_tokens"), f"a prompt of {prompt} tokens in a context of {context}", hint)]
    return []


def _bonds(rig: Mapping[str, Any], cards: int) -> list[Problem]:
    problems: list[Problem] = []
    bonds = rig.get("nvlink")
    for number, pair in enumerate(bonds if isinstance(bonds, list) else ()):
        path = ("rig", "nvlink", number)
        if pair[0] == pair[1]:
            problems.append((path, f"card {pair[0]} is bonded to itself", "name two cards, counted from 0"))
        for card in pair:
            if card >= cards:
                hint = f"cards are counted from 0: the last is {cards - 1}"
                problems.append((path, f"there is no card {card}; the rig has {cards}", hint))
    return problems


LISTS = {"pcie": "slots", "numa_nodes": "NUMA nodes", "pcie_gen_observed": "readings", "pcie_observed_at": "readings"}


def _lists(rig: Mapping[str, Any], cards: int) -> list[Problem]:
    problems: list[Problem] = []
    for name, what in LISTS.items():
        given = rig.get(name)
        if isinstance(given, list) and len(given) != cards:
            hint = "give one for each card" + ("" if name == "numa_nodes" else ", or one for all, without a list")
            problems.append((("rig", name), f"{spoken(len(given), what)} for {spoken(cards, 'cards')}", hint))
    return problems


def _layout(scenario: Scenario, cards: int) -> list[Problem]:
    sizes = scenario.get("workload", {}).get("parallelism")
    if not isinstance(sizes, dict):
        return []
    tensor, pipeline, copies = (sizes.get(name, 1) for name in ("tensor", "pipeline", "replicas"))
    if tensor * pipeline * copies <= cards:
        return []
    asked = f"tensor {tensor} x pipeline {pipeline} x replicas {copies} needs {tensor * pipeline * copies} GPUs"
    hint = "lower one of the sizes, or list the cards of all machines under rig.gpus"
    return [(("workload", "parallelism"), f"{asked}; the rig has {cards}", hint)]


def finished(scenario: Scenario) -> Scenario:
    """Bonds named once each, the rest as it is."""
    bonds = scenario["rig"].get("nvlink")
    if isinstance(bonds, list):
        once = {tuple(sorted(pair)): pair for pair in reversed(bonds)}
        scenario["rig"]["nvlink"] = [pair for pair in bonds if once.get(tuple(sorted(pair))) is pair]
    return copy.deepcopy(scenario)


def refusal(asked: Mapping[str, Any], problems: list[Problem]) -> BadInput:
    """One error for all problems; places are file, line and column where the scenario knows them."""
    lines = [(_place(asked, path), f"{message}", hint) for path, message, hint in problems]
    if len(lines) == 1:
        place, message, hint = lines[0]
        return BadInput(message, where=place, hint=hint or None)
    told = [f"  {place}: {message}" + (f"\n    hint: {hint}" if hint else "") for place, message, hint in lines[:20]]
    more = f"\n  and {len(lines) - 20} more" if len(lines) > 20 else ""
    return BadInput(f"{len(lines)} things are wrong with the scenario:\n" + "\n".join(told) + more)


def _place(asked: Mapping[str, Any], path: tuple[str | int, ...]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    if isinstance(asked, Map):
        return f"{where(asked, path)} ({text})" if text else str(where(asked, ()))
    return text or "scenario"


def _shape(given: Any) -> str:
    if isinstance(given, list):
        return "a list"
    return "empty" if given is None else f"{str(given)[:40]!r}"
