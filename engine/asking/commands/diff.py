"""`diff`: what a change of the knowledge changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import BadInput
from .. import outputs
from ..parameters import OVERLAYS, Argument, Command, Option, formats

_HOMES = ("examples", "tests/scenarios")


def run(
    old: str,
    new: str | None,
    form: str,
    overlays: tuple[Path, ...],
    scenarios: tuple[Path, ...],
    facts_only: bool,
    exit_code: bool,
    progress: bool,
) -> int:
    """Print the differences. 0, or 1 where that is asked for and there are any."""
    document = difference(old, new, overlays, scenarios, facts_only, progress=progress or sys.stderr.isatty())
    outputs.show("diff", document, form)
    return int(exit_code and any(document[part] for part in ("facts", "rules", "answers", "tables")))


def difference(
    old: str,
    new: str | None,
    overlays: tuple[Path, ...],
    scenarios: tuple[Path, ...],
    facts_only: bool,
    *,
    progress: bool = False,
) -> dict[str, Any]:
    """The document of schemas/output/diff.schema.json."""
    from ...advice.changed_answers import changed_answers
    from ...advice.changed_facts import changed_facts, changed_rules
    from .. import revisions

    named = new or revisions.here()
    before, after = revisions.knowledge_of(old, overlays), revisions.knowledge_of(named, overlays)
    questions = [] if facts_only or before.digest == after.digest else list(_questions(scenarios))
    answers = changed_answers(before, after, questions, _Progress(len(questions)) if progress else _quiet)
    return {
        "schema": "rigwise/diff/1",
        "old": {"name": old, "version": before.version, "digest": before.digest},
        "new": {"name": named, "version": after.version, "digest": after.digest},
        "facts": changed_facts(before, after),
        "rules": changed_rules(before, after),
        "tables": _tables(before.tables, after.tables),
        "questions": len(questions),
        "answers": answers,
    }


def _questions(given: tuple[Path, ...]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Scenarios of the paths given, or of the clone that one stands in."""
    from ...checking import read_scenario
    from ...reading import plain, read_yaml

    for path in _files(given):
        node = plain(read_yaml(path))
        told = node.get("scenario") if isinstance(node, dict) and isinstance(node.get("scenario"), dict) else None
        yield path.as_posix(), dict(read_scenario(told if told is not None else path))


def _files(given: tuple[Path, ...]) -> Iterator[Path]:
    for path in given or tuple(Path(home) for home in _HOMES if Path(home).is_dir()):
        if path.is_dir():
            yield from sorted(path.glob("*.yaml"))
        elif path.is_file():
            yield path
        else:
            raise BadInput("there is no such file or directory", where=path.as_posix(), hint="give scenario files")


def _tables(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Tables by name, with the rows that came and went."""
    old, new = _rows(before), _rows(after)
    found = []
    for name in sorted({*old, *new}):
        one, other = old.get(name, set()), new.get(name, set())
        if one != other:
            found.append({"table": name, "added": len(other - one), "removed": len(one - other)})
    return found


def _rows(tables: Mapping[str, list[str]]) -> dict[str, set[bytes]]:
    return {
        f"{kind}/{Path(path).name}": set(Path(path).read_bytes().splitlines()[1:])
        for kind, paths in tables.items()
        for path in paths
    }


def _quiet(name: str, kept: bool) -> None:
    """Says nothing."""


class _Progress:
    """On stderr: how many questions are answered, and at the end how long it took. On a terminal in one line."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.kept, self.start = total, 0, 0, time.monotonic()

    def __call__(self, name: str, kept: bool) -> None:
        self.done += 1
        self.kept += kept
        before, behind = ("\r\x1b[K", "") if sys.stderr.isatty() else ("", "\n")
        sys.stderr.write(f"{before}{self.done}/{self.total} {name}{behind}")
        if self.done == self.total:
            took = f"{self.total} questions in {time.monotonic() - self.start:.1f} s"
            sys.stderr.write(f"{before}{took}{f', {self.kept} of them kept from before' if self.kept else ''}\n")
        sys.stderr.flush()


COMMAND = Command(
    "diff",
    help="Which facts, rules and answers change between two directories of knowledge or git revisions.",
    example="rigwise diff HEAD~1 HEAD --format markdown\nrigwise diff origin/main   # against the files as they are",
    parameters=(
        Argument("old"),
        Argument("new", required=False),
        formats("markdown"),
        OVERLAYS,
        Option("--scenarios", "Questions to ask: files or folders; examples/ and tests/scenarios/ without it.",
               kind="path", many=True),
        Option("--facts-only", "Ask no questions.", kind="flag", default=False),
        Option("--progress", "Tell on stderr how far it is, off a terminal too.", kind="flag", default=False),
        Option("--exit-code", "Exit with 1 where anything changes.", kind="flag", default=False),
    ),
    run=run,
)  # fmt: skip
