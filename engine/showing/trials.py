"""A test run on a terminal and as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

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
            yield "  this example would kill it:"
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


def junit(kind: str, document: Document, **_: Any) -> str:
    """A test case for each rule and scenario, and one for the mutants of each rule that has survivors."""
    cases = list(document["cases"])
    failures: dict[tuple[str, str], list[Document]] = {}
    for one in document["failures"]:
        failures.setdefault((one["kind"], one["subject"]), []).append(one)
    survivors: dict[str, list[Document]] = {}
    for one in (document.get("mutation") or {}).get("survivors", ()):
        survivors.setdefault(one["rule"], []).append(one)
    rows = [_case(case, failures.get((case["kind"], case["subject"]), [])) for case in cases]
    rows += [_survived(rule, found) for rule, found in survivors.items()]
    counts = f'tests="{len(rows)}" failures="{len(failures) + len(survivors)}" errors="0" skipped="0"'
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="rigwise test" {counts}>',
         f'  <testsuite name="knowledge" {counts}>', *rows, "  </testsuite>", "</testsuites>"]
    ) + "\n"  # fmt: skip


def _case(case: Document, failures: list[Document]) -> str:
    file = str(case["place"]).rpartition(":")[0] or str(case["place"])
    head = f"    <testcase classname={quoteattr(_xml(file))} name={quoteattr(_xml(case['subject']))}"
    if not failures:
        return f"{head}/>"
    told = "\n".join(
        f"{one['place']}: {one['name']}: expected {one['expected']}, found {one['found']}"
        + (f" ({one['near_miss']})" if one["near_miss"] else "")
        for one in failures
    )
    message = quoteattr(_xml(f"expected {failures[0]['expected']}, found {failures[0]['found']}"))
    return f"{head}><failure message={message}>{escape(_xml(told))}</failure></testcase>"


def _survived(rule: str, survivors: list[Document]) -> str:
    told = "\n".join(f"{one['mutant']}\n{one['yaml']}" for one in survivors)
    message = quoteattr(f"{len(survivors)} mutants survive")
    head = f"    <testcase classname={quoteattr('mutants')} name={quoteattr(_xml(rule))}"
    return f"{head}><failure message={message}>{escape(_xml(told))}</failure></testcase>"


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(char if char in "\n\t" or (char.isprintable() or char == " ") else "\ufffd" for char in text)
