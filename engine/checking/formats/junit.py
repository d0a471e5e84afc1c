"""JUnit XML: one test case a file."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from ...reading.diagnostic import Diagnostic
from ..pipeline import Report, level


def render_junit(report: Report) -> str:
    """Errors are failures; warnings go to the output of their case."""
    by_file: dict[str, list[Diagnostic]] = {file: [] for file in report.files}
    for one in report:
        by_file.setdefault(one.place.file, []).append(one)
    failures = sum(any(level(one) == "error" for one in found) for found in by_file.values())
    rows = ['<?xml version="1.0" encoding="UTF-8"?>']
    counts = f'tests="{len(by_file)}" failures="{failures}" errors="0" skipped="0"'
    rows.append(f'<testsuites name="rigwise validate" {counts}>')
    rows.append(f'  <testsuite name="knowledge" {counts}>')
    for file, found in sorted(by_file.items()):
        rows += _case(file, found)
    return "\n".join([*rows, "  </testsuite>", "</testsuites>"]) + "\n"


def _case(file: str, found: list[Diagnostic]) -> list[str]:
    folder, _, name = _xml(file).rpartition("/")
    head = f"    <testcase classname={quoteattr(folder)} name={quoteattr(name)}"
    errors = [one for one in found if level(one) == "error"]
    warnings = [one for one in found if level(one) == "warning"]
    rows = []
    if errors:
        attributes = f"message={quoteattr(_xml(errors[0].message))} type={quoteattr(errors[0].code)}"
        text = escape(_xml("\n".join(map(str, errors))))
        rows.append(f"      <failure {attributes}>{text}</failure>")
    if warnings:
        text = "\n".join(map(str, warnings))
        rows.append(f"      <system-out>{escape(_xml(text))}</system-out>")
    return [head + ">", *rows, "    </testcase>"] if rows else [head + "/>"]


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(
        char if char in "\n\t" or " " <= char < "\ud800" or "\ue000" <= char < "\ufffe" or char > "\uffff" else "\ufffd"
        for char in text
    )
