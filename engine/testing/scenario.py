"""Scenario files: a question as somebody asked it, and what the evidence says of the answer.

scenario: {rig: …, workload: …, goal: …}
expect: {conclusions: [ids], absent: [ids], recommended: [options], rejected: [options], best_first: option}
differs: {because: "…", in: ["x is not concluded"]}     # a difference that is known and argued
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..advice.recommend import Answer
from ..checking.nearest import did_you_mean
from ..checking.scenario import read_scenario
from ..costs import FORMULAS
from ..errors import BadInput
from ..inference import Rule
from ..inference.near_miss import explain_failure, hint_from_goal
from ..reading import Knowledge, plain, read_yaml, where
from .running import Failure

LISTS = ("conclusions", "absent", "recommended", "optional", "rejected")
Wrong = tuple[list[str | int], str, str, str]
"""Path in the file, what is expected, what came, and the difference as `differs` writes it."""


def is_scenario_test(tree: object) -> bool:
    """Whether a document has the form of a scenario file of the suite."""
    return isinstance(tree, Mapping) and "scenario" in tree and "expect" in tree


def read_case(path: Path) -> Any:
    """A scenario file, with places. Raises BadInput where it is none, ReadingErrors where it cannot be read."""
    tree = read_yaml(path)
    if not is_scenario_test(tree):
        hint = "write `scenario:` with rig, workload and goal, and `expect:` with conclusions, absent, recommended …"
        raise BadInput("is no scenario with expectations", where=path.as_posix(), hint=hint)
    expect = tree["expect"]
    if not isinstance(expect, Mapping):
        raise BadInput("`expect` must be a mapping", where=str(where(tree, ["expect"])))
    for name, value in expect.items():
        place = str(where(tree, ["expect", name], on_key=True))
        if name not in (*LISTS, "best_first"):
            hint = did_you_mean(name, (*LISTS, "best_first"), f"known are {', '.join(LISTS)} and best_first")
            raise BadInput(f"nothing called `{name}` can be expected", where=place, hint=hint)
        if name in LISTS and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise BadInput(f"`{name}` must be a list of ids", where=place, hint=f"write {name}: [one, another]")
    return tree


def scenario_failures(path: Path, knowledge: Knowledge, matcher: str | None) -> list[Failure]:
    """What of a scenario's answer is not as expected. Raises BadInput where the file or the scenario is wrong."""
    case = read_case(path)
    asked = dict(read_scenario(plain(case["scenario"])))
    answer = Answer(asked, knowledge, matcher)
    document = answer.recommendation()
    wrong = list(_wrong(case["expect"], document))
    known = case.get("differs")
    if isinstance(known, Mapping):
        return _against_known(path, case, known, wrong)
    return [
        Failure(
            "scenario", path.stem, ".".join(map(str, at[1:])), str(where(case, at)), expected, found,
            _near(answer, at, case),
        )
        for at, expected, found, _ in wrong
    ]  # fmt: skip


def _wrong(expect: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Wrong]:
    concluded = {one["id"] for one in document["conclusions"]}
    status = {row["id"]: row["status"] for row in document["options"]}
    for name in LISTS:
        for place, one in enumerate(expect.get(name) or ()):
            at: list[str | int] = ["expect", name, place]
            if name == "conclusions" and one not in concluded:
                yield at, f"{one} is concluded", "it is not", f"{one} is not concluded"
            elif name == "absent" and one in concluded:
                says = next(row["says"] for row in document["conclusions"] if row["id"] == one)
                yield at, f"{one} is not concluded", f"it is: {says}", f"{one} is concluded"
            elif name not in ("conclusions", "absent") and status.get(one) != name:
                found = status.get(one, "no option of the catalogue")
                yield at, f"{one} is {name}", f"it is {found}", f"{one} is {found}"
    best = expect.get("best_first")
    first = document["options"][0]["id"] if document["options"] else "nothing"
    if best and first != best:
        yield ["expect", "best_first"], f"{best} comes first", f"{first} does", f"{first} is first"


def _against_known(path: Path, case: Any, known: Mapping[str, Any], wrong: list[Wrong]) -> list[Failure]:
    """Differences that the file argues must be all there are, and must still be there."""
    argued, came = sorted(map(str, known.get("in") or ())), sorted(text for *_, text in wrong)
    if argued == came:
        return []
    place = str(where(case, ["differs"]))
    expected, found = "; ".join(argued) or "no difference", "; ".join(came) or "no difference is left"
    return [Failure("scenario", path.stem, "differs", place, f"differs in: {expected}", found)]


def _near(answer: Answer, at: list[str | int], case: Any) -> str:
    """How far the rule got that would conclude what is missing: of several rules the nearest."""
    if at[1] != "conclusions":
        return ""
    goal = {"kind": "conclusion", "id": str(case["expect"]["conclusions"][at[2]])}
    misses = []
    for rule in answer.rules:
        hint = hint_from_goal(rule, goal)
        if hint is not None and _concludes(rule, goal["id"]):
            misses.append(explain_failure(rule, answer.trace, hint, FORMULAS))
    if not misses:
        return "no rule concludes it"
    best = max(misses, key=lambda miss: len(miss.held))
    if best.failed is None:
        return ""
    failed = best.failed
    return f"rule {best.rule.id}: {failed.part} {failed.text}: observed {best.observed}, needed {best.needed}"


def _concludes(rule: Rule, identity: str) -> bool:
    return any(str(template.attributes.get("id")) == identity for template in rule.then)
