"""Files of knowledge that were read before: after a change of one of them, the others need no parser.

What the bytes of a file mean is kept by their digest and by the kind of the file, beside the compiled knowledge, and
believed as little. Files with problems are not kept: they are read, and told of, every time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .diagnostic import Diagnostic
from .layers import Source
from .packing import packed, unpacked
from .snapshot import Broken, Snapshot, cache_home, pack, program_key, unpack, write_directory

Read = tuple[Any, list[Diagnostic]]
MOST = 4096
"""Files that are kept, those that were met last."""
_ROOM = "files"
"""Directory of the cache, and the one part in it."""


class KnownFiles:
    """Documents of files, from where they are kept or read by `reader`."""

    def __init__(self, reader: Callable[[Source], Read]) -> None:
        self.reader, self.kept, self.new = reader, _kept(), False
        self.met: dict[str, bytes] = {}

    def read(self, source: Source) -> Read:
        """The document of a file, and everything wrong with it."""
        name = f"{source.kind} {source.sha256}"
        if name in self.kept:
            self.met[name] = self.kept[name]
            return unpacked(unpack(self.kept[name]), source.file), []
        node, problems = self.reader(source)
        if not problems:
            self.met[name], self.new = pack(packed(node)), True
        return node, problems

    def keep(self) -> None:
        """Keep what was met, quietly: a file that cannot be kept is read again."""
        home = cache_home()
        if home is None or not self.new:
            return
        former = {name: raw for name, raw in self.kept.items() if name not in self.met}
        newest = dict(list({**former, **self.met}.items())[-MOST:])
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_directory(home / _ROOM, program_key(), {_ROOM: newest})
        except (OSError, ValueError):
            return


def _kept() -> dict[str, bytes]:
    home = cache_home()
    try:
        found = Snapshot(home / _ROOM, program_key()).part(_ROOM) if home else {}
    except Broken:
        return {}
    return found if isinstance(found, dict) else {}
