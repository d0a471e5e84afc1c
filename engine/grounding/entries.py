"""An entry of the knowledge as flat facts: one for the entry itself, one for each item of its lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..model.fact import Fact, Scalar
from .units import to_si

NOT_FACTS = frozenset(
    {"schema", "name", "aliases", "sources", "accept", "notes", "note", "summary", "process", "power_command"}
)


class Origin(NamedTuple):
    """Where the attributes of a given fact stand: folder and key of the entry, and the path of each attribute in it."""

    folder: str
    key: str
    paths: Mapping[str, str]


class Given(NamedTuple):
    """A fact taken from an entry, with the places of its attributes."""

    fact: Fact
    origin: Origin


def entry_facts(folder: str, kind: str, key: str, entry: Mapping[str, object]) -> Iterator[Given]:
    """Facts of one entry: `{kind, key, …}` with nested names joined by `_`, and one fact for each item of a list.

    A list at `a.b` of an entry of kind `engine` gives facts of kind `engine_a_b` with `engine: key` and `value: item`,
    or the item's own fields where it is a mapping.
    """
    scalars: dict[str, Scalar] = {"kind": kind, "key": key}
    paths: dict[str, str] = {}
    for path, value in _leaves(entry, ""):
        if isinstance(value, list):
            yield from _item_facts(folder, kind, key, path, value)
            continue
        name, si = to_si(path.replace(".", "_"), value)
        scalars[name] = si  # type: ignore[assignment]
        paths[name] = path
    yield Given(Fact.of(scalars), Origin(folder, key, paths))


def fields_of(kind: str, entry: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Kind and attribute, for every attribute of the facts of an entry; its own `kind` is the kind of its fact."""
    own = str(entry.get("kind", kind))
    yield own, "key"
    for path, value in _leaves(entry, ""):
        if not isinstance(value, list):
            yield own, _attribute(path, isinstance(value, bool))
            continue
        of_items = f"{kind}_{path.replace('.', '_')}"
        for item in value:
            fields = dict(_leaves(item, "")) if isinstance(item, Mapping) else {"value": item}
            of_item = str(fields.get("kind", of_items))
            yield of_item, kind
            for inner, value_of_item in fields.items():
                if isinstance(value_of_item, bool | int | float | str):
                    yield of_item, _attribute(inner, isinstance(value_of_item, bool))


@lru_cache(4096)
def _attribute(path: str, is_flag: bool) -> str:
    return to_si(path.replace(".", "_"), is_flag or 1.0)[0]


def _leaves(value: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for name, item in value.items():
        if not prefix and name in NOT_FACTS:
            continue
        path = f"{prefix}{name}"
        if isinstance(item, Mapping):
            yield from _leaves(item, path + ".")
        elif item is not None:
            yield path, item


def _item_facts(folder: str, kind: str, key: str, path: str, items: list[object]) -> Iterator[Given]:
    item_kind = f"{kind}_{path.replace('.', '_')}"
    for number, item in enumerate(items):
        fields: dict[str, Scalar] = {"kind": item_kind, kind: key}
        paths: dict[str, str] = {}
        leaves = _leaves(item, "") if isinstance(item, Mapping) else [("value", item)]
        for inner, value in leaves:
            if isinstance(value, bool | int | float | str):
                name, si = to_si(inner.replace(".", "_"), value)
                fields[name] = si  # type: ignore[assignment]
                paths[name] = f"{path}.{number}" if inner == "value" else f"{path}.{number}.{inner}"
        yield Given(Fact.of(fields), Origin(folder, key, paths))
