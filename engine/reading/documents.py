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
from .packing import packed, unpacked
from .snapshot import Broken, Snapshot, add_part, cache_home, program_key

KEPT = 64
"""Documents that are kept, the newest."""


def read_document(path: Path) -> Any:
    """The document in a file as Map, Seq or scalar. Raises ReadingErrors with every problem found."""
    file = path.as_posix()
    raw = read_bytes(path, file, DEFAULT.bytes)
    name, home = hashlib.sha256(raw).hexdigest(), cache_home()
    if home is None:
        return _read(raw, file)
    key = program_key()
    try:
        return unpacked(Snapshot(home / "documents", key).part(name), file)
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
        add_part(os.fspath(directory), key, name, packed(node))
        with os.scandir(directory) as entries:
            known = sorted(entries, key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns, reverse=True)
        for entry in known[KEPT:]:
            os.unlink(entry.path)
    except (OSError, ValueError):
        return
