"""Everything the program knows: entries by kind and key, and for every value its place, sources, marks and claims."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import UnknownName
from ..paths import KNOWLEDGE
from .layers import Layer, content_key, find_layers
from .names import Names
from .snapshot import FORMAT, Store, find_snapshot, pack, program, unpack

Entry = dict[str, Any]


class Value(NamedTuple):
    """A value of the knowledge with all that stands behind it; `value` is None where it is unknown.

    origin: "file:line". marks: of `uncertain`, `recalled`, `disputed`, `unresolved` and what the entry says itself.
    claims: with their outcome, where several were made.
    """

    value: Any
    origin: str
    sources: tuple[str, ...]
    marks: tuple[str, ...]
    note: str
    claims: tuple[dict[str, Any], ...]


class Shelves(Mapping[str, dict[str, Entry]]):
    """Entries by kind, each kind loaded when it is first asked for."""

    def __init__(self, store: Store | Lent, kinds: Iterable[str]) -> None:
        self._store, self._kinds = store, tuple(kinds)
        self._rules: dict[str, Entry] | None = None

    def __getitem__(self, kind: str) -> dict[str, Entry]:
        if kind not in self._kinds:
            raise KeyError(kind)
        if kind == "rules":
            if self._rules is None:
                self._rules = {rule["id"]: rule for rule in self._store.part("rules")}
            return self._rules
        found: dict[str, Entry] = self._store.part(kind)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


_NOTHING: dict[str, dict[str, Any]] = {"marks": {}, "notes": {}, "claims": {}}


class Lent:
    """A store with one entry more, for one question: parts as they are, but for the entry's own."""

    def __init__(self, store: Store | Lent, kind: str, key: str, entry: Entry, file: str) -> None:
        self._store = store
        detail: dict[str, Any] = {"file": file, "lines": {"": file}, "sources": {}, **_NOTHING}
        packed = store.part(f"{kind}.detail").get(key)
        if packed:
            known: dict[str, Any] = unpack(packed)
            detail = {**known, "lines": {**known["lines"], "file": file}}
        self._own: dict[str, dict[str, Any]] = {kind: {key: entry}, f"{kind}.detail": {key: pack(detail)}}

    def part(self, name: str) -> Any:
        """One part; KeyError where the knowledge has none of that name."""
        found = self._store.part(name)
        return {**found, **self._own[name]} if name in self._own else found

    def derived(self, name: str, make: Callable[[], Any]) -> Any:
        """What follows from the knowledge without the entry."""
        return self._store.derived(name, make)


class Knowledge:
    """The knowledge, built-in and overlays, with claims resolved. Loaded part by part; nothing is changed in place."""

    def __init__(self, store: Store | Lent) -> None:
        self._store = store
        self._meta: dict[str, Any] = store.part("meta")
        self._names: dict[str, Names] = {}
        self._details: dict[tuple[str, str], dict[str, Any]] = {}
        self._made: dict[str, Any] = {}
        self.entries = Shelves(store, self._meta["kinds"])

    def lent(self, kind: str, key: str, entry: Entry, file: str) -> Knowledge:
        """This knowledge with one entry more, or in place of the one of that key, as read from a file of the user."""
        return Knowledge(Lent(self._store, kind, key, entry, file))

    def made(self, name: str, make: Callable[[], Any]) -> Any:
        """What this process makes of the knowledge, made once and freed with it."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    @property
    def digest(self) -> str:
        """`sha256:…` over the names and contents of all files."""
        return str(self._meta["digest"])

    @property
    def version(self) -> str:
        """The newest date at which a source was read or a price was seen."""
        return str(self._meta["version"])

    @property
    def tables(self) -> dict[str, list[str]]:
        """Paths of CSV files by kind."""
        return dict(self._meta["tables"])

    @cached_property
    def rules(self) -> list[Entry]:
        """Rules sorted by id, each with its `origin`, without examples."""
        return list(self.entries["rules"].values()) if "rules" in self.entries else []

    def examples(self, rule: str) -> list[Entry]:
        """The examples of one rule in full: `{given: [facts], expect: {fires: n, concludes: [facts]}, origin: …}`."""
        return self._beside("examples", rule)

    def equivalent_mutants(self, rule: str) -> list[Entry]:
        """Changes of one rule that are said to change nothing: `{mutant: name, because: reason}`."""
        return self._beside("equivalent_mutants", rule)

    def _beside(self, part: str, rule: str) -> list[Entry]:
        if rule not in self.entries.get("rules", {}):
            raise UnknownName("rule", rule)
        return list(self._told("rules", rule)[part])

    @property
    def vocabulary(self) -> Entry:
        """`vocabulary.yaml`."""
        return self._single("vocabulary")

    @property
    def calibration(self) -> Entry:
        """`calibration.yaml`, each constant resolved."""
        return self._single("calibration")

    def _single(self, kind: str) -> Entry:
        return self.entries[kind].get(kind, {}) if kind in self.entries else {}

    def derived(self, name: str, make: Callable[[], Any]) -> Any:
        """Plain data that follows from the knowledge and the program alone (say, strata of the rules), made once."""
        return self._store.derived(name, make)

    def find(self, kind: str, text: str) -> str:
        """Key of the entry that a name means: case, spaces and punctuation do not count, aliases do.

        Raises UnknownName with the nearest names, AmbiguousName with the candidates.
        """
        return self.names(kind).find(str(text))

    def names(self, kind: str) -> Names:
        """The names of one kind. Raises UnknownName for a kind that is not there."""
        if kind not in self._names:
            if kind not in self.entries:
                raise UnknownName("kind of knowledge", kind, list(self.entries))
            noise = self.vocabulary.get("name_noise") or {}
            self._names[kind] = Names(kind, self.entries[kind], noise.get(kind, ()) if isinstance(noise, dict) else ())
        return self._names[kind]

    def value(self, kind: str, key: str, path: str) -> Value:
        """A value by its dotted path ("nvlink.links") with origin, sources, marks, note and claims."""
        detail = self._detail(kind, key)
        return Value(
            value_at(self.entries[kind][key], path),
            self.origin(kind, key, path),
            tuple(_nearest(detail["sources"], path) or ()),
            tuple(_nearest(detail["marks"], path) or ()),
            str(_nearest(detail["notes"], path) or ""),
            tuple(_nearest(detail["claims"], path) or ()),
        )

    def origin(self, kind: str, key: str, path: str = "") -> str:
        """ "file:line" of a value, or of the nearest place around it."""
        if kind == "rules":
            return str(self.entries["rules"][key]["origin"])
        detail = self._detail(kind, key)
        line = _nearest(detail["lines"], path)
        return line if isinstance(line, str) else f"{detail['file']}:{line or 1}"

    def sources_of(self, kind: str, key: str, path: str = "") -> list[str]:
        """Source keys of a value: its own, or those of the entry."""
        return list(_nearest(self._detail(kind, key)["sources"], path) or ())

    def marks_of(self, kind: str, key: str, path: str = "") -> list[str]:
        """Marks of a value: `uncertain`, `recalled`, `disputed`, `unresolved`."""
        return list(_nearest(self._detail(kind, key)["marks"], path) or ())

    def claims_of(self, kind: str, key: str, path: str) -> list[dict[str, Any]]:
        """Every claim made about a value with its outcome; empty where there is but one."""
        return list(_nearest(self._detail(kind, key)["claims"], path) or ())

    def claimed_paths(self, kind: str, key: str) -> list[str]:
        """Paths of the values of an entry about which several claims are made."""
        return sorted(self._detail(kind, key)["claims"])

    def _detail(self, kind: str, key: str) -> dict[str, Any]:
        if kind == "rules":
            rule = self.entries["rules"][key]
            file, _, line = str(rule["origin"]).rpartition(":")
            return {"file": file, "lines": {"": int(line)}, "sources": {"": rule.get("evidence", [])}, **_NOTHING}
        if kind not in self.entries or key not in self.entries[kind]:
            raise UnknownName(kind, key)
        return self._told(kind, key)

    def _told(self, kind: str, key: str) -> dict[str, Any]:
        """What is kept beside an entry."""
        if (kind, key) not in self._details:
            self._details[kind, key] = unpack(self._store.part(f"{kind}.detail")[key])
        return self._details[kind, key]


def _nearest(table: Mapping[str, Any], path: str) -> Any:
    """What a table says of a path, of the nearest mapping around it, or of the whole entry."""
    while True:
        if path in table:
            return table[path]
        if not path:
            return None
        path = path.rpartition(".")[0]


def value_at(entry: Any, path: str) -> Any:
    """The value at a dotted path of an entry, None where there is none."""
    for name in path.split(".") if path else ():
        if isinstance(entry, dict) or isinstance(entry, Mapping):  # noqa: SIM101  (a Mapping costs ten times as much)
            entry = entry.get(name)
        elif isinstance(entry, list) and name.isdigit() and int(name) < len(entry):
            entry = entry[int(name)]
        else:
            return None
    return entry


def load_knowledge(overlays: Iterable[Path | str] = (), base: Path = KNOWLEDGE) -> Knowledge:
    """The knowledge in `base` with the overlays laid over it, from the compiled copy where that is of these files.

    An overlay file replaces values of the same entry field by field and adds entries; a rule replaces the one of the
    same id. Raises ReadingErrors with every problem of every file, BadInput where a directory is not there.
    """
    layers = find_layers(base, overlays)
    digest = content_key(layers)
    key = hashlib.sha256(f"{FORMAT} {program()} {digest} {os.path.realpath(base)}".encode()).hexdigest()
    troubled = any(layer.problems for layer in layers)
    return Knowledge(Store(key, None if troubled else find_snapshot(key), lambda: _compiled(layers, digest)))


def _compiled(layers: list[Layer], digest: str) -> dict[str, Any]:
    import json

    from .image import compile_layers

    # By way of JSON: plain types alone, and each name of a field once in memory.
    parts = {name: json.loads(json.dumps(part)) for name, part in compile_layers(layers, digest).items()}
    return {name: _packed(part) if name.endswith(".detail") else part for name, part in parts.items()}


def _packed(details: dict[str, Any]) -> dict[str, bytes]:
    """Details by key, each unpacked when it is asked for: an answer asks for few."""
    return {key: pack(detail) for key, detail in details.items()}
