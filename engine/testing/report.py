"""The whole test run as one document: schemas/output/test.schema.json."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from time import perf_counter
from typing import Any

from ..errors import BadInput, KnowledgeError
from ..inference import default_matcher
from .example import Example
from .killing import RuleMutation, mutate
from .running import Failure, Progress, examples_of, rule_failures
from .scenario import scenario_failures
from .selection import Selection
from .vocabulary import Vocabulary
from .writing import entry

SCHEMA = "rigwise/test/1"
NAMED = ("models", "gpus", "engines", "quantizations", "platforms", "options", "links")


def run(selection: Selection, matcher: str | None, mutation: bool, progress: Progress) -> dict[str, Any]:
    """Run the selected examples and scenarios, and the mutants of the selected rules where asked."""
    started = perf_counter()
    knowledge = selection.knowledge
    examples = {name: examples_of(knowledge, name) for name in selection.rules}
    failures = _examples(selection, examples, matcher, progress) + _scenarios(selection, matcher, progress)
    document = {
        "schema": SCHEMA,
        "knowledge": {"version": knowledge.version, "digest": knowledge.digest},
        "matcher": matcher or default_matcher(),
        "rules": len(selection.rules),
        "examples": sum(map(len, examples.values())),
        "scenarios": len(selection.scenarios),
        "cases": _cases(selection, examples),
        "failures": [asdict(one) for one in failures],
    }
    if mutation:
        broken = {one.subject for one in failures if one.kind == "example"}
        sound = {name: found for name, found in examples.items() if name not in broken}
        document["mutation"] = {**_mutation(selection, sound, progress), "skipped": sorted(broken)}
    document["seconds"] = round(perf_counter() - started, 2)
    return document


def failed(document: dict[str, Any]) -> bool:
    """Whether anything did not hold."""
    mutation = document.get("mutation") or {"survivors": (), "unfounded": ()}
    return bool(document["failures"] or mutation["survivors"] or mutation["unfounded"])


def _cases(selection: Selection, examples: dict[str, list[Example]]) -> list[dict[str, Any]]:
    """Every rule and scenario with the number of its examples, failed or not."""
    origins = {str(rule["id"]): str(rule["origin"]) for rule in selection.knowledge.rules}
    rules = [
        {"kind": "example", "subject": name, "place": origins[name], "examples": len(found)}
        for name, found in examples.items()
    ]
    scenarios = [
        {"kind": "scenario", "subject": path.stem, "place": path.as_posix(), "examples": 1}
        for path in selection.scenarios
    ]
    return [*rules, *scenarios]


def _examples(
    selection: Selection, examples: dict[str, list[Example]], matcher: str | None, progress: Progress
) -> list[Failure]:
    mappings = {str(rule["id"]): rule for rule in selection.knowledge.rules}
    failures: list[Failure] = []
    for done, name in enumerate(selection.rules):
        progress(done, len(selection.rules), "examples")
        failures += rule_failures(mappings[name], examples[name], matcher)
    return failures


def _scenarios(selection: Selection, matcher: str | None, progress: Progress) -> list[Failure]:
    failures: list[Failure] = []
    for done, path in enumerate(selection.scenarios):
        progress(done, len(selection.scenarios), "scenarios")
        try:
            failures += scenario_failures(path, selection.knowledge, matcher)
        except (BadInput, KnowledgeError) as error:
            place = error.where or path.as_posix()
            found = error.message + (f" ({error.hint})" if error.hint else "")
            failures.append(Failure("scenario", path.stem, "file", place, "a scenario that can be asked", found))
    return failures


def vocabulary_of(selection: Selection) -> Vocabulary:
    """Values of the examples of all rules, and names of entries."""
    knowledge = selection.knowledge
    given = [
        fact for rule in knowledge.rules for example in knowledge.examples(str(rule["id"])) for fact in _given(example)
    ]
    return Vocabulary(given, [knowledge.entries[kind] for kind in NAMED if kind in knowledge.entries])


def _given(example: Any) -> Iterable[Any]:
    given = example.get("given") if isinstance(example, dict) else None
    return [fact for fact in given if isinstance(fact, dict)] if isinstance(given, list) else ()


def _mutation(selection: Selection, examples: dict[str, list[Example]], progress: Progress) -> dict[str, Any]:
    started = perf_counter()
    found = list(mutations(selection, examples, progress))
    return {
        "mutants": sum(one.mutants for one in found),
        "killed": sum(one.killed for one in found),
        "equivalent": sum(one.equivalent for one in found),
        "survivors": [
            {
                "rule": one.rule, "place": one.place, "mutant": one.mutant.name,
                "example": one.killer.as_example() if one.killer else None,
                "yaml": "\n".join(entry(one.killer.as_example(), 4)) if one.killer else "",
            }
            for each in found
            for one in each.survivors
        ],
        "unfounded": [{"rule": one.rule, "mutant": name, "reason": why} for one in found for name, why in one.claims],
        "seconds": round(perf_counter() - started, 2),
    }  # fmt: skip


def mutations(
    selection: Selection, examples: dict[str, list[Example]], progress: Progress
) -> Iterable[RuleMutation]:  # fmt: skip
    """The selected rules, one after the other."""
    vocabulary = vocabulary_of(selection)
    chosen: Sequence[Any] = [rule for rule in selection.knowledge.rules if str(rule["id"]) in examples]
    for done, rule in enumerate(chosen):
        name = str(rule["id"])
        progress(done, len(chosen), "mutants")
        yield mutate(rule, examples[name], selection.knowledge.equivalent_mutants(name), vocabulary)
