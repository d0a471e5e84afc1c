"""Validation: which files, in which order of layers, and what is left out because something else explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from ..cores import WORTH_IT, each
from ..errors import BadInput
from ..paths import KNOWLEDGE
from ..reading.diagnostic import Diagnostic, ReadingErrors
from ..reading.files import MAX_CSV_BYTES, read_bytes
from ..reading.image import read_document
from ..reading.layers import BUILT_IN, Source, find_layer
from ..reading.table import read_table
from .accepting import apply_exceptions
from .checks import CHECKS, Check
from .codes import CODES
from .document import Document, Library
from .first_look import Look, decoded, looks
from .kinds import BY_KIND
from .mending import mended, without_consequences
from .rulebook import rulebook
from .sense import check_sense
from .tables import Sheet

_FATAL = frozenset({"Y001", "Y002", "Y003", "Y004", "Y005", "Y006", "Y007", "Y015", "Y016", "Y017", "Y018", "Y019"})
"""Readings after which the rest of the file says nothing."""


_CONSEQUENCES = frozenset({"R512", "R513"})
"""Findings that follow from others about the same rule."""
_BY_COMPARISON = frozenset({"N410", "N412", "P326", "P331"})
"""Findings that rest on what other entries have, and say nothing where a rule of the field has spoken."""
_SELDOM_NEEDED = frozenset({"rules", "claims", "measurements"})
_NEEDS_RULES = frozenset({"rules", "sources"})
"""Large kinds that only findings about others need, and those others."""


_OF_BROKEN_VALUES = (TypeError, ValueError, AttributeError, KeyError, ArithmeticError)
"""What a check may raise over a value of a wrong type."""


class Report(list[Diagnostic]):
    """Findings in order of file and place.

    files: names of all files that were checked. texts, paths: by name, the text that was read and where from.
    """

    def __init__(
        self, found: Iterable[Diagnostic], files: Sequence[str], texts: dict[str, str], paths: dict[str, str]
    ) -> None:
        super().__init__(found)
        self.files, self.texts, self.paths = list(files), texts, paths

    @property
    def errors(self) -> int:
        """Number of findings that fail."""
        return sum(level(one) == "error" for one in self)

    @property
    def warnings(self) -> int:
        """Number of findings that only warn."""
        return len(self) - self.errors

    def failed(self, *, strict: bool = False) -> bool:
        """Whether the check failed; strict: warnings count."""
        return bool(self) if strict else self.errors > 0


def level(found: Diagnostic) -> str:
    """`error` or `warning`."""
    return CODES[found.code].level


def validate(
    paths: Iterable[Path | str] = (),
    *,
    overlays: Iterable[Path | str] = (),
    base: Path = KNOWLEDGE,
    today: date | None = None,
    before: Callable[[Path], bytes | None] | None = None,
    further: Sequence[Check] = (),
) -> Report:
    """Check files, folders or whole directories of knowledge; without paths the built-in one and the overlays.

    Everything that belongs to the same directory is read, and the built-in knowledge below it; findings are told of
    what was asked for. today: for freshness. before: the bytes that a file had in the version it is compared with, None
    for a file that is new or the same. further: checks beyond those of this room. Raises BadInput where a path is not
    there or holds no knowledge file.
    """
    roots = directories(paths, overlays, base)
    run = _Run(base, roots, today or date.today())
    if before is not None:
        run.compare(before)
    return run.report((*CHECKS, *further))


def directories(paths: Iterable[Path | str], overlays: Iterable[Path | str], base: Path) -> dict[Path, list[Path]]:
    """Directories of knowledge, each with the paths in it that findings are wanted of. Raises BadInput."""
    over = [Path(overlay) for overlay in overlays]
    roots: dict[Path, list[Path]] = {}
    for path in [Path(path) for path in paths] or [base, *over]:
        if not path.exists() and not path.is_symlink():
            hint = "give a file, a folder or a directory of knowledge"
            raise BadInput("there is no such file or directory", where=path.as_posix(), hint=hint)
        roots.setdefault(_root(path, base), []).append(path)
    return roots | {overlay: [] for overlay in over if overlay not in roots}


def _root(path: Path, base: Path) -> Path:
    here = path.absolute()
    if here == base.absolute() or base.absolute() in here.parents:
        return base
    candidates = [path, *list(path.parents)[:2]] if path.is_dir() else list(path.parents)[:2]
    for candidate in candidates:
        if any((candidate / kind).is_dir() or (candidate / f"{kind}.yaml").is_file() for kind in BY_KIND):
            return candidate
    if path.is_dir():
        return path
    hint = f"put it in a folder called {', '.join(list(BY_KIND)[:6])} …"
    raise BadInput("cannot tell what kind of knowledge this file is", where=path.as_posix(), hint=hint)


class _Run:
    def __init__(self, base: Path, roots: dict[Path, list[Path]], today: date) -> None:
        self.today = today
        self.files: list[str] = []
        self.found: list[Diagnostic] = []
        self.documents: list[Document] = []
        self.kept: set[tuple[str, str]] = set()
        self.sheets: list[Sheet] = []
        self.texts: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        self.complete = True
        self.lost: set[str] = set()
        self.before: dict[tuple[str, str], Document] = {}
        found: list[tuple[Source, bool]] = []
        for root, wanted in {base: [], **roots}.items():
            found += self._listed(root, wanted, _label(root, base))
        needed = _NEEDS_RULES & {source.kind for source, asked in found if asked}
        tables = [(source, asked) for source, asked in found if source.name.endswith(".csv")]
        files = [
            (source, asked)
            for source, asked in found
            if not source.name.endswith(".csv") and (asked or needed or source.kind not in _SELDOM_NEEDED)
        ]
        for source, asked in tables:
            self._table(source, asked=asked)
        for (source, asked), seen in zip(files, looks(files), strict=True):
            self._document(source, seen, asked=asked)

    def _listed(self, root: Path, wanted: Sequence[Path], label: str) -> Iterator[tuple[Source, bool]]:
        """Files of a directory, each with whether findings about it are wanted."""
        layer = find_layer(root, label)
        goals = [path.absolute() for path in wanted]
        for problem in layer.problems:
            self.lost.add(Path(problem.place.file).stem)
            file = (root / problem.place.file.removeprefix(label).lstrip("/")).absolute()
            if _within(file, goals):
                self.found.append(problem)
                self.files.append(problem.place.file)
        for source in layer.sources:
            yield source, _within(Path(source.path).absolute(), goals)

    def _document(self, source: Source, seen: Look, *, asked: bool) -> None:
        node, problems, shape, sense = seen
        text = decoded(source)
        if asked:
            self.files.append(source.file)
            self.found += problems
            self.texts[source.file], self.paths[source.file] = text, source.path
        if node is None or any(problem.code in _FATAL for problem in problems):
            self.lost.add(source.key)
            return
        document = Document(source.kind, source.key, source.file, source.path, node, text, asked=asked)
        if source.label != BUILT_IN and (source.kind, source.key) in self.kept:
            shape = [one for one in shape if not (one.code == "S102" and not one.at)]
        if asked:
            self.found += _unexplained(shape, problems)
        sound = document if not problems and not shape else mended(document, problems)
        self.complete &= sound is document
        if sound is None:
            self.lost.add(source.key)
        else:
            self.documents.append(sound)
            self.kept.add((source.kind, source.key))
            if asked:
                self.found += check_sense(sound) if sound is not document or sense is None else sense

    def _table(self, source: Source, *, asked: bool) -> None:
        """Tables are large and nothing else rests on them: they are read where findings about them are wanted."""
        if not asked:
            return
        self.files.append(source.file)
        self.paths[source.file] = source.path
        try:
            table = read_table(read_bytes(source.path, source.file, MAX_CSV_BYTES), source.file)
        except ReadingErrors as error:
            self.found += error.diagnostics
            return
        self.found += table.problems
        self.texts[source.file] = table.text
        self.sheets.append(Sheet(table, asked=asked))

    def compare(self, before: Callable[[Path], bytes | None]) -> None:
        """Read what the files asked for were before, so that a changed value is held against the old one."""
        for document in self.documents:
            raw = before(Path(document.path)) if document.asked else None
            if raw is not None:
                old = Source("before", document.file, document.kind, document.key, document.path, raw, "")
                node, problems = read_document(old)
                if node is not None and not problems:
                    text = raw.decode("utf-8", "surrogateescape")
                    older = Document(
                        document.kind, document.key, f"before/{document.file}", "", node, text, asked=False
                    )
                    self.before[document.kind, document.key] = older
        for sheet in self.sheets:
            raw = before(Path(self.paths[sheet.table.file]))
            if raw is not None:
                sheet.older = read_table(raw, sheet.table.file)

    def _checked(self, check: Check, library: Library) -> list[Diagnostic]:
        """Findings of one check. Values of a wrong type, told by other checks, are no reason to end with none told.

        Where nothing else is told, a check that fails is a fault of ours and goes up.
        """
        try:
            return list(check(library))
        except _OF_BROKEN_VALUES:
            if any(document.taken_out for document in library.documents):
                return self._checked(check, self._library([one for one in self.documents if not one.taken_out]))
            others = [one for other in CHECKS if other is not check for one in _quietly(other, library)]
            if not any(level(one) == "error" for one in [*self.found, *others]):
                raise
            return []

    def _told(self, checks: Sequence[Check], library: Library) -> Iterator[list[Diagnostic]]:
        """Findings of each check. Many documents are checked over the cores, after what many checks need is there."""
        if len(self.documents) < WORTH_IT:
            return (self._checked(check, library) for check in checks)
        with suppress(*_OF_BROKEN_VALUES):
            rulebook(library)
            for kind in library.asked_kinds:
                library.values(kind)
        return each(lambda check: self._checked(check, library), checks, share=1)

    def _library(self, documents: Sequence[Document]) -> Library:
        library = Library(documents, self.today, self.sheets)
        library.before = self.before
        return library

    def report(self, checks: Sequence[Check] = CHECKS) -> Report:
        if not self.files:
            raise BadInput("no knowledge files there", hint="give .yaml files, or a directory with gpus/, models/ …")
        library = self._library(self.documents)
        for told in self._told(checks, library):
            self.found += told
        self.found = list(_causes_only(self.found))
        if not self.complete or self.lost:
            self.found = list(without_consequences(self.found, library, self.lost))
        kept = apply_exceptions(library, self.found, complete=self.complete)
        return Report(sorted(set(kept), key=lambda one: one.order), sorted(set(self.files)), self.texts, self.paths)


def _quietly(check: Check, library: Library) -> list[Diagnostic]:
    try:
        return list(check(library))
    except _OF_BROKEN_VALUES:
        return []


def _label(root: Path, base: Path) -> str:
    return BUILT_IN if root == base else root.as_posix()


def _within(file: Path, goals: Sequence[Path]) -> bool:
    return any(file == goal or goal in file.parents for goal in goals)


def _causes_only(found: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Without examples that fail for a fault of their rule, and what is less sure at a place that has a finding."""
    faulty = {_rule(one) for one in found if _refuses(one)}
    told = {one.place for one in found if one.code not in _BY_COMPARISON}
    senseless = {one.place for one in found if one.code[0] == "N" and one.code not in _BY_COMPARISON}
    for one in found:
        consequence = one.code in _CONSEQUENCES and _rule(one) in faulty
        covered = one.place in (told if one.code in _BY_COMPARISON else senseless if one.code[0] == "P" else ())
        if not consequence and not covered:
            yield one


def _refuses(one: Diagnostic) -> bool:
    return one.code[0] == "R" and one.code not in _CONSEQUENCES and level(one) == "error"


def _rule(one: Diagnostic) -> tuple[str, str]:
    return one.place.file, one.at.partition("]")[0]


def _unexplained(shape: Iterable[Diagnostic], problems: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Findings of shape at places where the reading has not found something already."""
    places = {(problem.place.line, problem.place.column) for problem in problems}
    yield from (one for one in shape if (one.place.line, one.place.column) not in places)


__all__ = ["Report", "level", "validate"]
