"""A body of knowledge read once, and one of its files checked with another content: what random tests go through."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from engine.checking import pipeline
from engine.checking.first_look import look
from engine.checking.tables import Sheet
from engine.reading.diagnostic import Diagnostic
from engine.reading.layers import BUILT_IN, Source
from engine.reading.table import read_table

TODAY = date(2026, 11, 23)


class OneFile:
    """The files of a directory, all read; `check` reads one of them anew."""

    def __init__(self, base: Path) -> None:
        self.documents = list(pipeline._Run(base, {base: [base]}, TODAY).documents)
        for document in self.documents:
            document.asked = False

    def check(self, name: str, raw: bytes) -> list[Diagnostic]:
        """Findings about a file of this name below the directory, with this content."""
        folder, _, rest = name.rpartition("/")
        key = rest.rsplit(".", 1)[0]
        kind = folder or key
        run = pipeline._Run.__new__(pipeline._Run)
        run.today, run.files, run.found, run.texts, run.paths = TODAY, [], [], {}, {}
        run.documents = [one for one in self.documents if (one.kind, one.key) != (kind, key)]
        run.sheets, run.complete, run.before, run.lost, run.kept = [], True, {}, set(), set()
        if name.endswith(".csv"):
            table = read_table(raw, name)
            run.files.append(name)
            run.found += table.problems
            run.sheets.append(Sheet(table, asked=True))
        else:
            source = Source(BUILT_IN, name, kind, key, name, raw, "")
            run._document(source, look((source, True)), asked=True)
        return list(run.report())
