"""The outcome of `test` as JUnit XML, for CI servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Document = Mapping[str, Any]


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
