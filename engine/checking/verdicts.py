"""Which files are known to have the right shape, kept in the user's cache by content, so that context costs nothing."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from ..paths import SCHEMAS
from ..reading.snapshot import cache_home

_MOST = 50_000


class Verdicts:
    """Digests of files that passed the schemas as they are now."""

    def __init__(self) -> None:
        home = cache_home()
        self.path = home / f"shapes-{_schemas()}" if home else None
        self.known: set[str] = set()
        self.fresh: set[str] = set()
        if self.path is not None:
            with contextlib.suppress(OSError, ValueError):
                self.known = set(self.path.read_text("ascii").split())

    def passed(self, kind: str, sha256: str) -> bool:
        """Whether a file of this content passed as this kind."""
        return _key(kind, sha256) in self.known

    def add(self, kind: str, sha256: str) -> None:
        """Remember that a file passed."""
        self.fresh.add(_key(kind, sha256))

    def save(self) -> None:
        """Write what was added, quietly."""
        if self.path is None or not self.fresh - self.known:
            return
        lines = sorted(self.fresh | self.known)[:_MOST]
        temporary = self.path.with_name(f".{self.path.name}-{os.getpid()}")
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary.write_text("\n".join(lines), "ascii")
            os.replace(temporary, self.path)


def _key(kind: str, sha256: str) -> str:
    return hashlib.sha256(f"{kind} {sha256}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _schemas() -> str:
    """Digest of all schemas, and of the code that reads them."""
    total = hashlib.sha256()
    for file in [*sorted(Path(SCHEMAS).glob("*.json")), Path(__file__).with_name("shape.py")]:
        total.update(file.read_bytes())
    return total.hexdigest()[:16]
