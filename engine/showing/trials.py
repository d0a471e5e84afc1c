"""A test run on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .paper import Paper

Document = Mapping[str, Any]


def trials(document: Document, paper: Paper) -> str:
    """Each failure with its place, what was expected and what came; survivors with the example that would kill them."""
    lines: list[str] = []
    for failure in document["failures"]:
        lines += _failure(failure, paper)
    mutation = document.get("mutation")
    if mutation:
        lines += _mutation(mutation, paper)
    return "\n".join([*lines, *_summary(document)])


def _failure(failure: Document, paper: Paper) -> Iterator[str]:
    head = paper.style(f"FAIL {failure['kind']}", "rejected")
    yield f"{head} {failure['place']}: {failure['subject']}, {failure['name']}"
    yield from paper.wrap(f"expected  {failure['expected']}", indent=12, first=2)
    yield from paper.wrap(f"found     {failure['found']}", indent=12, first=2)
    if failure["near_miss"]:
        yield from paper.wrap(f"because   {failure['near_miss']}", indent=12, first=2)
    yield ""


def _mutation(mutation: Document, paper: Paper) -> Iterator[str]:
    for one in mutation["survivors"]:
        head = paper.style("SURVIVES", "rejected")
        yield f"{head} {one['place']}: {one['rule']}, {one['mutant']}"
        if one["yaml"]:
            changed = len(one["example"]) > 1
            yield "  this example would kill it:" if changed else "  its first example would kill it if it expected:"
            yield from one["yaml"].split("\n")
        else:
            yield from paper.wrap(
                "no facts were found that tell it from the rule. Simplify the rule, or say under `equivalent_mutants` "
                "why none can.", indent=2,
            )  # fmt: skip
        yield ""
    for one in mutation["unfounded"]:
        head = paper.style("UNFOUNDED", "rejected")
        yield f"{head} {one['rule']}: equivalent_mutants names `{one['mutant']}`, but {one['reason']}"


def _summary(document: Document) -> Iterator[str]:
    failures = document["failures"]
    bad = {kind: len({one["place"] for one in failures if one["kind"] == kind}) for kind in ("example", "scenario")}
    skipped = (document.get("mutation") or {}).get("skipped")
    if skipped:
        yield f"not mutated, as their own examples fail: {', '.join(skipped)}"
    yield f"{document['examples']} examples of {document['rules']} rules, {_failed(bad['example'])}" + (
        f"; {document['scenarios']} scenarios, {_failed(bad['scenario'])}" if document["scenarios"] else ""
    )
    mutation = document.get("mutation")
    if mutation:
        yield (
            f"{mutation['mutants']} mutants in {mutation['seconds']:.1f} s: {mutation['killed']} killed, "
            f"{mutation['equivalent']} equivalent for a stated reason, {len(mutation['survivors'])} survive"
        )


def _failed(number: int) -> str:
    return f"{number} failed" if number else "all hold"
