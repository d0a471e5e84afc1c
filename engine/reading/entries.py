"""One entry: its layers laid over each other, its claims resolved, and the place and source of every value kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .claims import UNKNOWN, Policy, claim_sources, is_claim, is_dispute
from .place import Map, Seq, plain

Detail = dict[str, Any]
"""Of one entry: `file`, `lines` by path (an int, or "file:line" where an overlay gave the value), `sources`, `marks`,
`notes` and `claims` by path; the path "" stands for the entry."""


class Layered(NamedTuple):
    """A field of an entry with the document it comes from."""

    name: str
    value: Any
    line: int
    file: str
    sources: list[str]


ADDED_UP = frozenset({"prices"})
"""Lists whose rows each have a source and a day of their own: those of a later document are added to the earlier ones,
unless it says `replaces: true`."""


def lay_over(documents: Sequence[Map]) -> Iterator[Layered]:
    """Fields of an entry: those of later documents replace those of the same name in earlier ones."""
    fields: dict[str, Layered] = {}
    for document in documents:
        sources = source_list(document.get("sources"))
        for name, value in document.items():
            below = fields.get(name)
            if below is not None and name in ADDED_UP and document.get("replaces") is not True:
                fields[name] = below._replace(value=_added(below.value, value))
            else:
                fields[name] = Layered(name, value, document.line(name), document.file, sources)
    yield from fields.values()


def _added(below: Any, value: Any) -> Any:
    """The rows of two lists, each where it stands; a row that is in both counts once."""
    if not isinstance(below, Seq) or not isinstance(value, Seq):
        return value
    rows = Seq(below.file, below.at)
    rows.extend(below)
    rows.values_at = list(below.values_at)
    known = [plain(row) for row in below]
    for row, at in zip(value, value.values_at, strict=True):
        if plain(row) not in known:
            rows.append(row)
            rows.values_at.append(at)
    return rows


def values_of(documents: Sequence[Map], policy: Policy) -> dict[str, Any]:
    """The values that a Resolver gives, without where they stand and what speaks for them: for many entries at once."""
    if len(documents) == 1:
        sources = source_list(documents[0].get("sources"))
        values = {name: _value_of(node, name, policy, sources) for name, node in documents[0].items()}
    else:
        fields = lay_over(documents)
        values = {field.name: _value_of(field.value, field.name, policy, field.sources) for field in fields}
    return {name: value for name, value in values.items() if value is not UNKNOWN}


def _value_of(node: Any, name: str, policy: Policy, sources: Sequence[str]) -> Any:
    if isinstance(node, Map):
        if is_claim(node):
            return _value_of(node["value"], name, policy, sources)
        inner = {field: _value_of(value, field, policy, sources) for field, value in node.items()}
        return {field: value for field, value in inner.items() if value is not UNKNOWN}
    if isinstance(node, Seq):
        if is_dispute(node):
            claims = [policy.describe(claim, plain(claim["value"]), sources) for claim in node]
            return policy.judge(claims, name).value
        items = [_value_of(item, str(index), policy, sources) for index, item in enumerate(node)]
        return [item for item in items if item is not UNKNOWN]
    return UNKNOWN if node is None else node


def source_list(node: Any) -> list[str]:
    """Source keys of a `sources:` field, whatever a broken file holds there."""
    return [str(key) for key in node] if isinstance(node, list) else []


class Resolver:
    """Resolves the fields of one entry; `detail` fills on the way."""

    def __init__(self, policy: Policy, file: str) -> None:
        self.policy = policy
        self.detail: Detail = {"file": file, "lines": {}, "sources": {}, "marks": {}, "notes": {}, "claims": {}}
        self.file = file
        self.here = file
        self.defaults: list[str] = []

    def entry(self, documents: Sequence[Map]) -> dict[str, Any]:
        """Values of the entry, claims resolved; what is unknown is left out."""
        fields = list(lay_over(documents))
        own = next((field.sources for field in fields if field.file == self.file), [])
        self.detail["sources"][""] = own
        self.detail["lines"][""] = documents[0].at[0] + 1
        values: dict[str, Any] = {}
        for field in fields:
            self.here, self.defaults = field.file, field.sources
            if field.name in ("mark", "note") and isinstance(field.value, str):
                self._annotate({field.name: field.value}, "")
            if field.sources != own:
                self.detail["sources"][field.name] = field.sources
            value = self._value(field.value, field.name, field.line)
            if value is not UNKNOWN:
                values[field.name] = value
        self._mark_recalled(values)
        return values

    def _value(self, node: Any, path: str, line: int) -> Any:
        self.detail["lines"][path] = line if self.here == self.file else f"{self.here}:{line}"
        if isinstance(node, Map):
            return self._claim(node, path) if is_claim(node) else self._mapping(node, path)
        if isinstance(node, Seq):
            return self._dispute(node, path) if is_dispute(node) else self._list(node, path)
        return UNKNOWN if node is None else node

    def _mapping(self, node: Map, path: str) -> dict[str, Any]:
        if "source" in node or "sources" in node:
            self._note_sources(node, path)
        self._annotate(node, path)
        values = {name: self._value(value, f"{path}.{name}", node.line(name)) for name, value in node.items()}
        return {name: value for name, value in values.items() if value is not UNKNOWN}

    def _list(self, node: Seq, path: str) -> list[Any]:
        here, values = self.here, []
        for index, item in enumerate(node):
            self.here = item.file if isinstance(item, Map) else here
            values.append(self._value(item, f"{path}.{index}", node.line(index)))
        self.here = here
        return [value for value in values if value is not UNKNOWN]

    def _claim(self, node: Map, path: str) -> Any:
        self._note_sources(node, path)
        self._annotate(node, path)
        return self._value(node["value"], path, node.line("value"))

    def _dispute(self, node: Seq, path: str) -> Any:
        claims = [self.policy.describe(claim, plain(claim["value"]), self.defaults) for claim in node]
        for claim, item in zip(claims, node, strict=True):
            claim["origin"] = f"{self.here}:{item.line('value')}"
        judged = self.policy.judge(claims, path.rsplit(".", 1)[-1])
        self.detail["claims"][path] = judged.claims
        if judged.disputed:
            self._mark(path, "disputed" if judged.value is not UNKNOWN else "unresolved")
        for claim, item in zip(claims, node, strict=True):
            if claim["outcome"] == "used":
                self._claim(item, path)
        return judged.value

    def _note_sources(self, node: Map, path: str) -> None:
        named = claim_sources(node)
        if named:
            self.detail["sources"][path] = named

    def _annotate(self, claim: Mapping[str, Any], path: str) -> None:
        if isinstance(claim.get("mark"), str):
            self._mark(path, claim["mark"])
        if isinstance(claim.get("note"), str):
            self.detail["notes"][path] = claim["note"]

    def _mark(self, path: str, mark: str) -> None:
        marks = self.detail["marks"].setdefault(path, [])
        if mark not in marks:
            marks.append(mark)

    def _mark_recalled(self, values: dict[str, Any]) -> None:
        for path, sources in self.detail["sources"].items():
            if (not path or path.split(".", 1)[0] in values) and self.policy.recalled(sources):
                self._mark(path, "recalled")
