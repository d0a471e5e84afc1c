"""All rules under check, parsed, with the fields of facts that can be known to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from ..errors import KnowledgeError
from ..grounding.entries import NOT_FACTS, fields_of
from ..grounding.units import to_si
from ..inference.rule import Rule
from ..reading.place import plain
from .document import Document, Library
from .kinds import BY_KIND
from .program_facts import program_facts
from .schemas import load

_FACTS = {
    "gpus": "gpu",
    "models": "model",
    "quantizations": "quantization",
    "engines": "engine",
    "platforms": "platform",
    "links": "link",
    "options": "option",
    "prices": "price",
}
_BOOKS: WeakKeyDictionary[Library, Rulebook]


class Rulebook:
    """rules: those that parse. home: document and position of each. refused: the others with the error.

    Empty where no findings about rules are wanted.
    """

    def __init__(self, library: Library) -> None:
        self.rules: list[Rule] = []
        self.home: dict[str, tuple[Document, int]] = {}
        self.refused: list[tuple[Document, int, KnowledgeError]] = []
        self.vocabulary: dict[str, set[str]] = {}
        if not any(library.asked("rules")):
            return
        for document in library.documents:
            if document.kind == "rules":
                self._read(document)
        self.vocabulary = self._vocabulary(library)

    def _read(self, document: Document) -> None:
        for index, rule in enumerate(document.node):
            mapping = {name: value for name, value in plain(rule).items() if name != "accept"}
            try:
                parsed = Rule.parse(mapping, f"{document.file}:{document.node.line(index)}")
            except KnowledgeError as error:
                self.refused.append((document, index, error))
                continue
            if parsed.id not in self.home:
                self.rules.append(parsed)
                self.home[parsed.id] = (document, index)

    def place_in(self, document: Document, index: int, message: str) -> list[str | int]:
        """The path within a rule that a reader's message speaks of ("compute.x: …", "where: …")."""
        rule = document.node[index]
        path: list[str | int] = [index]
        here = rule
        for step in message.split(":", 1)[0].split(" ", 1)[0].split("."):
            if not isinstance(here, dict) or step not in here:
                break
            path.append(step)
            here = here[step]
        return path if len(path) > 1 else [index, "id"]

    def _vocabulary(self, library: Library) -> dict[str, set[str]]:
        """Attributes by kind of fact: of entries, of the program, and of what rules conclude."""
        known = {kind: set(names) for kind, names in program_facts().items()}
        for rule in self.rules:
            for template in rule.then:
                known.setdefault(template.kind, set()).update(template.attributes)
        for folder, kind in _FACTS.items():
            known.setdefault(kind, {"key"}).update(_fields(load(BY_KIND[folder]), ""))
            for own, name in {found for entry in library.values(folder).values() for found in fields_of(kind, entry)}:
                known.setdefault(own, set()).add(name)
        calibration = library.of("calibration").get("calibration")
        for constant in calibration.node.get("constants", ()) if calibration else ():
            known.setdefault(str(constant["kind"]), set()).update(name for name in constant if name != "kind")
        return known


def _fields(schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """Names under which rules read the fields that a schema allows, units left off."""
    for name, inner in schema.get("properties", {}).items():
        if not prefix and name in NOT_FACTS:
            continue
        if inner.get("properties"):
            yield from _fields(inner, f"{prefix}{name}_")
        else:
            yield to_si(f"{prefix}{name}", 1.0)[0]


_BOOKS = WeakKeyDictionary()


def rulebook(library: Library) -> Rulebook:
    """The rulebook of a library, made once."""
    if library not in _BOOKS:
        _BOOKS[library] = Rulebook(library)
    return _BOOKS[library]
