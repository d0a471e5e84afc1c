"""A document that was read before needs no parser: what its bytes mean is kept beside the compiled knowledge.

Kept by the digest of the bytes, with the place of every value, and believed as little as the compiled knowledge is.
Documents with problems are not kept: they are read, and told of, every time.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from .files import read_bytes
from .limits import DEFAULT
from .place import Map, Seq
from .snapshot import FORMAT, Broken, Snapshot, add_part, cache_home, program

KEPT = 64
"""Documents that are kept, the newest."""


def read_document(path: Path) -> Any:
    """The document in a file as Map, Seq or scalar. Raises ReadingErrors with every problem found."""
    file = path.as_posix()
    raw = read_bytes(path, file, DEFAULT.bytes)
    name, home = hashlib.sha256(raw).hexdigest(), cache_home()
    if home is None:
        return _read(raw, file)
    key = f"{FORMAT} {hashlib.sha256(program().encode()).hexdigest()}"
    try:
        return _unpacked(Snapshot(home / "documents", key).part(name), file)
    except Broken:
        node = _read(raw, file)
        _keep(home / "documents", key, name, node)
        return node


def _read(raw: bytes, file: str) -> Any:
    from .yaml_text import read_yaml

    return read_yaml(raw, file)


def _keep(directory: Path, key: str, name: str, node: Any) -> None:
    """Quietly: a document that cannot be kept is read again."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        add_part(os.fspath(directory), key, name, _packed(node))
        with os.scandir(directory) as entries:
            known = sorted(entries, key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns, reverse=True)
        for entry in known[KEPT:]:
            os.unlink(entry.path)
    except (OSError, ValueError):
        return


def _packed(node: Any) -> Any:
    """A tree as plain data: mappings and lists as tuples, which no document holds."""
    if isinstance(node, Map):
        items = [(name, _packed(value), node.keys_at[name], node.values_at[name]) for name, value in node.items()]
        return "map", node.at, items
    if isinstance(node, Seq):
        return "seq", node.at, [_packed(item) for item in node], node.values_at
    return node


def _unpacked(data: Any, file: str) -> Any:
    if type(data) is not tuple:
        return data
    if data[0] == "seq":
        items = Seq(file, data[1])
        items.extend(_unpacked(item, file) for item in data[2])
        items.values_at = data[3]
        return items
    fields = Map(file, data[1])
    for name, value, key_at, value_at in data[2]:
        fields[name], fields.keys_at[name], fields.values_at[name] = _unpacked(value, file), key_at, value_at
    return fields
