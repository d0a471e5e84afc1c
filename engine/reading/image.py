"""The knowledge compiled: all layers read, claims resolved, in parts so that a command loads only what it needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .claims import Policy
from .diagnostic import Diagnostic, Note, ReadingErrors
from .entries import Detail, Resolver
from .examples import VariantError, in_full
from .known_files import KnownFiles
from .layers import LISTS, Layer, Source, expected
from .limits import ENTRY, Limits
from .place import Map, Seq, plain, where
from .yaml_text import parse

Parts = dict[str, Any]
"""`meta`; for each kind its entries by key under the kind's name and their details under `kind.detail`; `rules` without
their examples and equivalent mutants, and these by id under `rules.detail`: no answer needs them."""
UNRESOLVED = frozenset(
    {"rules", "claims", "measurements", "sources", "vocabulary", "attributes", "conclusions", "options", "comparisons"}
)
"""Kinds in which a mapping with a field `value` is no claim about the entry, and an empty value means something."""
_DATED = re.compile(r"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]\Z")


def compile_layers(layers: Sequence[Layer], digest: str) -> Parts:
    """All parts. Raises ReadingErrors with every problem of every file."""
    problems = [problem for layer in layers for problem in layer.problems]
    documents: list[tuple[Source, Any]] = []
    known = KnownFiles(read_document)
    for layer in layers:
        for source in layer.sources:
            if source.name.endswith(".yaml"):
                node, found = known.read(source)
                problems += found
                documents.append((source, node))
    known.keep()
    if problems:
        raise ReadingErrors(problems)
    return _Compiler(documents, layers, digest).parts()


def read_document(source: Source) -> tuple[Any, list[Diagnostic]]:
    """The document in a file of knowledge, and everything wrong with its text and outermost shape."""
    limits = ENTRY if source.kind not in LISTS else Limits()
    node, found = parse(source.raw, source.file, limits)
    if not found and (problem := expected(source.kind, node, source.file)):
        found = [problem]
    return node, found


class _Compiler:
    def __init__(self, documents: Iterable[tuple[Source, Any]], layers: Sequence[Layer], digest: str) -> None:
        self.layers, self.digest = layers, digest
        self.stacks: dict[str, dict[str, list[Any]]] = {}
        for source, node in documents:
            self.stacks.setdefault(source.kind, {}).setdefault(source.key, []).append(node)
        self.policy = Policy(self._raw("vocabulary").get("vocabulary", {}), self._raw("sources"))

    def _raw(self, kind: str) -> dict[str, dict[str, Any]]:
        """Entries without resolution: later documents replace field by field."""
        merged: dict[str, dict[str, Any]] = {}
        for key, nodes in sorted(self.stacks.get(kind, {}).items()):
            merged[key] = {name: value for node in nodes if isinstance(node, Map) for name, value in node.items()}
        return merged

    def parts(self) -> Parts:
        parts: Parts = {}
        for kind in sorted(self.stacks):
            if kind == "rules":
                rules = self._rules()
                parts["rules.detail"] = {
                    rule["id"]: {name: rule.pop(name, None) or [] for name in ("examples", "equivalent_mutants")}
                    for rule in rules
                }
                parts["rules"] = rules
                continue
            values, details = self._entries(kind)
            parts[kind], parts[f"{kind}.detail"] = values, details
        parts["meta"] = self._meta()
        return parts

    def _entries(self, kind: str) -> tuple[dict[str, Any], dict[str, Detail]]:
        values: dict[str, Any] = {}
        details: dict[str, Detail] = {}
        for key, nodes in sorted(self.stacks[kind].items()):
            if isinstance(nodes[-1], Map):
                values[key], details[key] = self._entry(kind, nodes)
            else:
                values[key], details[key] = _list_entry(nodes[-1])
        return values, details

    def _entry(self, kind: str, nodes: list[Map]) -> tuple[dict[str, Any], Detail]:
        resolver = Resolver(self.policy, nodes[0].file)
        values = resolver.entry(nodes)
        if kind in UNRESOLVED:
            values = {name: plain(value) for node in nodes for name, value in node.items()}
        return values, resolver.detail

    def _rules(self) -> list[dict[str, Any]]:
        """Rules sorted by id; a rule of a later layer replaces the one of the same id."""
        chosen: dict[str, dict[str, Any]] = {}
        for layer in self.layers:
            seen: dict[str, Note] = {}
            for file, index in self._rules_of(layer.label):
                name = _rule_id(file, index)
                if name in seen:
                    raise ReadingErrors([_twin(file, index, name, seen[name])])
                seen[name] = Note(file.place(index), "first defined here")
                chosen[name] = {**plain(file[index]), "origin": f"{file.file}:{file.line(index)}"}
                chosen[name]["examples"] = _examples(file, index)
                chosen[name].pop("accept", None)
        return [chosen[name] for name in sorted(chosen)]

    def _rules_of(self, label: str) -> Iterator[tuple[Seq, int]]:
        for nodes in self.stacks.get("rules", {}).values():
            for file in nodes:
                if file.file.startswith(f"{label}/rules/"):
                    yield from ((file, index) for index in range(len(file)))

    def _meta(self) -> dict[str, Any]:
        dates = [str(source.get("retrieved", "")) for source in self._raw("sources").values()]
        dates += [str(price.get("date", "")) for entry in self._raw("prices").values() for price in _prices(entry)]
        tables: dict[str, list[str]] = {}
        for layer in self.layers:
            for source in layer.sources:
                if source.name.endswith(".csv"):
                    tables.setdefault(source.kind, []).append(source.path)
        newest = max((date for date in dates if _DATED.match(date)), default="undated")
        kinds = sorted(self.stacks)
        return {"kinds": kinds, "digest": f"sha256:{self.digest}", "version": newest, "tables": tables}


def _prices(entry: dict[str, Any]) -> list[dict[str, Any]]:
    prices = entry.get("prices")
    return [price for price in prices if isinstance(price, dict)] if isinstance(prices, list) else []


def _list_entry(node: Seq) -> tuple[list[Any], Detail]:
    lines = {str(index): node.line(index) for index in range(len(node))}
    return plain(node), {"file": node.file, "lines": lines, "sources": {}, "marks": {}, "notes": {}, "claims": {}}


def _examples(file: Seq, index: int) -> list[dict[str, Any]]:
    """The examples of a rule in full, each with its `origin`."""
    rule = file[index]
    try:
        examples = in_full(rule)
    except VariantError as error:
        place = where(rule, error.path)
        raise ReadingErrors([Diagnostic("R509", error.message, place, error.hint)]) from None
    if not isinstance(rule.get("examples"), Seq):
        return []
    return [
        {**example, "origin": f"{file.file}:{rule['examples'].line(number)}"} if isinstance(example, dict) else example
        for number, example in examples
    ]


def _twin(file: Seq, index: int, name: str, first: Note) -> Diagnostic:
    message = f"two rules have the id `{name}` (the first is at {first.place})"
    return Diagnostic("X202", message, file.place(index), "rename one of them", notes=(first,))


def _rule_id(file: Seq, index: int) -> str:
    rule = file[index]
    if isinstance(rule, Map) and isinstance(rule.get("id"), str) and rule["id"]:
        return str(rule["id"])
    problem = Diagnostic("S103", "a rule must be a mapping with an `id`", file.place(index), "start it with `- id: …`")
    raise ReadingErrors([problem])
