"""The one record of a finding, and the error that carries all findings of a reading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..errors import KnowledgeError
from .place import Place


class Fix(NamedTuple):
    """A repair that is certain: the text between two positions (lines and columns from 1) is replaced."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    label: str


class Note(NamedTuple):
    """A second place that belongs to a finding."""

    place: Place
    message: str


class Diagnostic(NamedTuple):
    """One finding. `at` is the path in the document ("nvlink.links"), empty where the text itself is at fault."""

    code: str
    message: str
    place: Place
    hint: str = ""
    at: str = ""
    notes: tuple[Note, ...] = ()
    fix: Fix | None = None

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Findings are listed by file, line, column, code."""
        return (self.place.file, self.place.line, self.place.column, self.code, self.message)

    def __str__(self) -> str:
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{self.place}: {self.code}: {self.message}{hint}"


class ReadingErrors(KnowledgeError):
    """Everything that is wrong with what was read, in order of file and line."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=lambda found: found.order))
        self.first = first = self.diagnostics[0]
        more = len(self.diagnostics) - 1
        tail = f" (and {more} more problem{'s' if more > 1 else ''})" if more else ""
        super().__init__(f"{first.code}: {first.message}{tail}", where=str(first.place), hint=first.hint or None)

    def full_text(self) -> str:
        """All findings, one after the other."""
        return "\n".join(map(str, self.diagnostics))
