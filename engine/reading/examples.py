"""Examples of a rule: the first is written in full, others in full or as the first one with what differs.

    - given: [{kind: deployment, id: now, pipeline: 3, model: qwen3_32b}, {kind: model, key: qwen3_32b, layers: 64}]
      expect: {fires: 1, concludes: [{kind: conclusion, id: layers_not_divisible}]}
    - {but: {model.layers: 63}, expect: {fires: 0}}
    - {without: [model], expect: {fires: 0}}
    - {also: [{kind: waived, id: now}], expect: {fires: 0}}
    - {but_one: {now.pipeline: 1, model.key: llama_2_13b}, expect: {fires: 0}}

`but_one`, `without_one` and `also_one` stand for one example for each of their changes. A fact of the first example is
called by the rule's name for it, or by its kind where no other fact is of that kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .place import plain

Facts = list[dict[str, Any]]
CHANGES = ("but", "without", "also")
EITHER = ("but_one", "without_one", "also_one")
_REFERENCE = re.compile(r"\$(\w+)\.(\w+)")


class VariantError(Exception):
    """An example changes what the first one does not have. path: within the rule."""

    def __init__(self, path: Sequence[str | int], message: str, hint: str) -> None:
        super().__init__(message)
        self.path, self.message, self.hint = list(path), message, hint


def in_full(rule: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """The examples of a rule with all their facts under `given`, each with the position of its entry.

    Raises VariantError.
    """
    entries = rule.get("examples")
    found: list[tuple[int, dict[str, Any]]] = []
    first: Any = None
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict) or not any(change in entry for change in (*CHANGES, *EITHER)):
            found.append((number, plain(entry)))
            first = found[0][1].get("given") if isinstance(entry, dict) else first
            continue
        _refuse_mixture(entry, first, ["examples", number])
        for single in _singles(plain(entry)):
            facts = changed(rule, first, single, ["examples", number])
            found.append((number, {**single, "given": facts}))
    return found


def _refuse_mixture(entry: Mapping[str, Any], first: Any, path: list[str | int]) -> None:
    if "given" in entry:
        hint = "write all facts under `given`, or only what differs from the first example"
        raise VariantError(path, "`given` stands beside what differs from the first example", hint)
    if not isinstance(first, list) or not all(isinstance(fact, dict) for fact in first):
        hint = "write the first example in full, under `given`"
        raise VariantError(path, "there is no example before it to differ from", hint)


def _singles(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One example for each change of `but_one`, `without_one` and `also_one`; the entry itself where it has none."""
    rest = {name: value for name, value in entry.items() if name not in EITHER}
    if len(rest) == len(entry):
        yield rest
    for name, value in (entry.get("but_one") or {}).items():
        yield {**rest, "but": {**(rest.get("but") or {}), name: value}}
    for name in entry.get("without_one") or ():
        yield {**rest, "without": [*(rest.get("without") or ()), name]}
    for fact in entry.get("also_one") or ():
        yield {**rest, "also": [*(rest.get("also") or ()), fact]}


def changed(rule: Mapping[str, Any], first: Facts, changes: Mapping[str, Any], path: Sequence[str | int] = ()) -> Facts:
    """The facts of the first example with `but`, `without` and `also` applied. Raises VariantError."""
    facts = [dict(fact) for fact in first]
    names = _Names(rule.get("when") or {}, first, list(path))
    dropped = set()
    for address, value in (changes.get("but") or {}).items():
        index, attribute = names.find(str(address))
        if not attribute:
            raise VariantError(path, f"`{address}` names no value", f"write {address}.attribute: value")
        facts[index][attribute] = value
    for address in changes.get("without") or ():
        index, attribute = names.find(str(address))
        if not attribute:
            dropped.add(index)
        elif facts[index].pop(attribute, None) is None:
            hint = f"it has {', '.join(name for name in facts[index] if name != 'kind')}"
            raise VariantError(path, f"the first example has no `{address}`", hint)
    kept = [fact for index, fact in enumerate(facts) if index not in dropped]
    return kept + [dict(fact) for fact in changes.get("also") or ()]


class _Names:
    """Where the facts of an example stand, by what the rule calls them."""

    def __init__(self, when: Mapping[str, Any], facts: Facts, path: list[str | int]) -> None:
        self.facts, self.path = facts, path
        self.by_name = assignment(when, facts)

    def find(self, address: str) -> tuple[int, str]:
        name, _, attribute = address.partition(".")
        if name in self.by_name:
            return self.by_name[name], attribute
        found = [index for index, fact in enumerate(self.facts) if fact.get("kind") == name]
        if len(found) == 1:
            return found[0], attribute
        kinds = sorted({str(fact.get("kind")) for fact in self.facts})
        what = f"{len(found)} facts of kind `{name}`" if found else f"no fact called `{name}`"
        known = ", ".join(dict.fromkeys([*self.by_name, *kinds]))
        raise VariantError(self.path, f"the first example has {what}", f"it has {known}; or write the facts in full")


def assignment(when: Mapping[str, Any], facts: Facts) -> dict[str, int]:
    """For each pattern the index of its fact: the first way to satisfy all, by different facts where there is one.

    Where there is none, the first fact that fits each pattern alone.
    """
    names = [name for name in when if isinstance(when[name], Mapping)]
    fitting = {name: [i for i, fact in enumerate(facts) if _fits(when[name], fact)] for name in names}
    found = _assign(names, when, facts, fitting, {}, shared=False) or _assign(
        names, when, facts, fitting, {}, shared=True
    )
    return found or {name: fitting[name][0] for name in names if fitting[name]}


def _assign(
    names: Sequence[str], when: Mapping[str, Any], facts: Facts, fitting: dict[str, list[int]], taken: dict[str, int],
    *, shared: bool,
) -> dict[str, int] | None:  # fmt: skip
    if len(taken) == len(names):
        return taken
    name = names[len(taken)]
    for index in fitting[name]:
        tried = {**taken, name: index}
        if (shared or index not in taken.values()) and _joined(when, facts, tried):
            found = _assign(names, when, facts, fitting, tried, shared=shared)
            if found is not None:
                return found
    return None


def _fits(pattern: Mapping[str, Any], fact: Mapping[str, Any]) -> bool:
    for name, wanted in pattern.items():
        if name not in fact or (not _refers(wanted) and fact[name] != wanted):
            return False
    return True


def _refers(wanted: object) -> bool:
    return isinstance(wanted, str) and wanted.startswith("$")


def _joined(when: Mapping[str, Any], facts: Facts, taken: Mapping[str, int]) -> bool:
    for name, index in taken.items():
        for attribute, wanted in when[name].items():
            reference = _REFERENCE.fullmatch(wanted) if isinstance(wanted, str) else None
            other = taken.get(reference[1]) if reference else None
            if reference and other is not None and facts[other].get(reference[2]) != facts[index].get(attribute):
                return False
    return True
