"""All rules under check, parsed, with the fields of facts that can be known to them."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from ..errors import KnowledgeError
from ..grounding.entries import entry_facts
from ..inference.rule import Rule
from ..reading.place import plain
from .document import Document, Library
from .program_facts import program_facts

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
        """Attributes by kind of fact: of entries, of the program, of what rules conclude, and of what examples give."""
        known = {kind: set(names) for kind, names in program_facts().items()}
        for rule in self.rules:
            for template in rule.then:
                known.setdefault(template.kind, set()).update(template.attributes)
            for example in rule.examples:
                for fact in example.get("given", ()):
                    known.setdefault(str(fact.get("kind")), set()).update(name for name in fact if name != "kind")
        for folder, kind in _FACTS.items():
            for key, entry in library.values(folder).items():
                for given in entry_facts(folder, kind, key, entry):
                    known.setdefault(given.fact.kind, set()).update(name for name, _ in given.fact.values)
        calibration = library.of("calibration").get("calibration")
        for constant in calibration.node.get("constants", ()) if calibration else ():
            known.setdefault(str(constant["kind"]), set()).update(name for name in constant if name != "kind")
        return known


_BOOKS = WeakKeyDictionary()


def rulebook(library: Library) -> Rulebook:
    """The rulebook of a library, made once."""
    if library not in _BOOKS:
        _BOOKS[library] = Rulebook(library)
    return _BOOKS[library]
