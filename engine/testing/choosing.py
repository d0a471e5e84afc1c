"""Of all drafts that kill survivors, few that kill them all, put together into examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .drafts import Draft, Drafts
from .edits import Edit
from .mutants import Mutant

MOST_SINGLE = 260
WEIGHT = 0.34
"""What one step away from simple costs, in mutants killed."""


@dataclass
class Choice:
    """Examples to be added. conclusions: what the first example must name in full, says: what it must say;
    left: mutants nothing kills."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    conclusions: tuple[Mapping[str, Any], ...] = ()
    says: str = ""
    left: list[Mutant] = field(default_factory=list)


def choose(drafts: Drafts, survivors: Iterable[Mutant]) -> Choice:
    """Greedily the draft that kills most, simple ones first; what single changes leave alive, pairs are tried on."""
    alive = list(survivors)
    choice = Choice()
    chosen: list[Draft] = []
    alive = _by_conclusions(drafts, alive, choice)
    table = {id(edit): _kills(drafts, edit, alive) for edit in drafts.candidates[1:MOST_SINGLE]}
    edits = {id(edit): edit for edit in drafts.candidates[1:MOST_SINGLE]}
    while alive:
        best = max(edits, key=lambda key: _worth(table[key], alive, edits[key]), default=None)
        if best is None or not any(mutant.name in table[best] for mutant in alive):
            break
        chosen.append(_joint([table[best][one.name] for one in alive if one.name in table[best]]))
        alive = [one for one in alive if one.name not in table[best]]
    while alive:
        killer = drafts.killer(alive[0])
        if killer is None:
            choice.left.append(alive.pop(0))
            continue
        killed = [one for one in alive if drafts.draft(killer.edit, one)]
        chosen.append(_joint([draft for one in killed if (draft := drafts.draft(killer.edit, one))]))
        alive = [one for one in alive if one not in killed]
    choice.entries = grouped(chosen)
    return choice


def _by_conclusions(drafts: Drafts, alive: list[Mutant], choice: Choice) -> list[Mutant]:
    """Survivors but those that the first example kills when it names its conclusions in full."""
    if not drafts.candidates:
        return alive
    unchanged = drafts.candidates[0]
    found = {one.name: draft for one in alive if (draft := drafts.draft(unchanged, one))}
    if found:
        telling = [draft.concludes for draft in found.values() if not draft.says]
        already = [drafts.first.concludes] if telling and drafts.first else []
        choice.conclusions = _all_of([*telling, *already])
        choice.says = max(draft.says for draft in found.values())
    return [one for one in alive if one.name not in found]


def _kills(drafts: Drafts, edit: Edit, alive: Iterable[Mutant]) -> dict[str, Draft]:
    return {one.name: draft for one in alive if (draft := drafts.draft(edit, one))}


def _worth(kills: Mapping[str, Draft], alive: Iterable[Mutant], edit: Edit) -> float:
    return sum(one.name in kills for one in alive) - WEIGHT * edit.weight


def _joint(drafts: Sequence[Draft]) -> Draft:
    """One draft for all, with the conclusions and the sentence that any of them needs."""
    says = max(one.says for one in drafts)
    return replace(drafts[0], concludes=_all_of([one.concludes for one in drafts]), says=says)


def _all_of(named: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[Mapping[str, Any], ...]:
    """Every conclusion once; none of which another one says more."""
    distinct: list[Mapping[str, Any]] = []
    for one in sorted((one for part in named for one in part), key=len, reverse=True):
        if not any(one.items() <= other.items() for other in distinct):
            distinct.append(one)
    return tuple(sorted(distinct, key=str))


def grouped(drafts: Iterable[Draft]) -> list[dict[str, Any]]:
    """Drafts with the same expectation as one entry, each of its changes by itself; the silent first."""
    entries: list[dict[str, Any]] = []
    for draft in sorted(drafts, key=lambda one: (one.fires, str(one.concludes), _order(one))):
        example = draft.as_example()
        entry = next((one for one in entries if one["expect"] == example["expect"] and _takes(one, example)), None)
        if entry is None:
            entries.append(_opened(example))
        else:
            _add(entry, example)
    return [_closed(entry) for entry in entries]


def _order(draft: Draft) -> tuple[int, str]:
    part = next(iter(draft.edit.changes), "")
    return ("but", "without", "also", "").index(part), str(draft.edit.changes)


def _single(example: Mapping[str, Any]) -> bool:
    parts = [example[part] for part in ("but", "without", "also") if part in example]
    return len(parts) == 1 and len(parts[0]) == 1


def _takes(entry: Mapping[str, Any], example: Mapping[str, Any]) -> bool:
    """Whether the change can stand as one of several of the entry."""
    if not _single(example) or not any(part.endswith("_one") for part in entry):
        return False
    return not set(example.get("but", ())) & set(entry.get("but_one", ()))


def _opened(example: dict[str, Any]) -> dict[str, Any]:
    if not _single(example):
        return example
    return {f"{part}_one" if part in ("but", "without", "also") else part: value for part, value in example.items()}


def _add(entry: dict[str, Any], example: Mapping[str, Any]) -> None:
    if "but" in example:
        entry["but_one"] = {**entry.get("but_one", {}), **example["but"]}
    for part in ("without", "also"):
        if part in example:
            entry[f"{part}_one"] = [*entry.get(f"{part}_one", ()), *example[part]]


def _closed(entry: dict[str, Any]) -> dict[str, Any]:
    """Changes in their order, the expectation last; one change alone is called without `_one`."""
    parts = [part for part in ("but_one", "without_one", "also_one", "but", "without", "also") if part in entry]
    alone = len(parts) == 1 and len(entry[parts[0]]) == 1
    closed = {part.removesuffix("_one") if alone else part: entry[part] for part in parts}
    return {**closed, "expect": entry["expect"]}
