"""A document as plain data, with the place of every value, and back."""

from __future__ import annotations

from typing import Any

from .place import Map, Seq


def packed(node: Any) -> Any:
    """A tree as plain data: mappings and lists as tuples, which no document holds."""
    if isinstance(node, Map):
        items = [(name, packed(value), node.keys_at[name], node.values_at[name]) for name, value in node.items()]
        return "map", node.at, items
    if isinstance(node, Seq):
        return "seq", node.at, [packed(item) for item in node], node.values_at
    return node


def unpacked(data: Any, file: str) -> Any:
    """The document that was packed, as one of a file."""
    if type(data) is not tuple:
        return data
    if data[0] == "seq":
        items = Seq(file, data[1])
        items.extend(unpacked(item, file) for item in data[2])
        items.values_at = data[3]
        return items
    fields = Map(file, data[1])
    for name, value, key_at, value_at in data[2]:
        fields[name], fields.keys_at[name], fields.values_at[name] = unpacked(value, file), key_at, value_at
    return fields
