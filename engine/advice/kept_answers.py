"""Answers that `diff` compares, kept by what they rest on: the program, the knowledge, the question and the day.

Kept beside the compiled knowledge and believed as little: what is damaged is worked out again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..paths import HOME
from ..reading.snapshot import Broken, Snapshot, add_part, cache_home, stamp

if TYPE_CHECKING:
    from ..reading import Knowledge

MOST = 1000
"""Answers that are kept, the newest."""


class Kept:
    """The answers of earlier runs; without a cache directory there are none, and none are kept."""

    def __init__(self) -> None:
        home = cache_home()
        self.home = home / "answers" if home else None
        self.key = f"{_program()} {date.today().isoformat()}"

    def get(self, scenario: Mapping[str, Any], knowledge: Knowledge) -> dict[str, Any] | None:
        """The answer to a question, None where it is not kept."""
        if self.home is None:
            return None
        try:
            found: dict[str, Any] = Snapshot(self.home, self.key).part(_name(scenario, knowledge))
        except (Broken, OSError):
            return None
        return found

    def put(self, scenario: Mapping[str, Any], knowledge: Knowledge, answer: dict[str, Any]) -> dict[str, Any]:
        """Keep an answer, quietly; the answer."""
        if self.home is not None:
            with contextlib.suppress(OSError):
                self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
                add_part(os.fspath(self.home), self.key, _name(scenario, knowledge), answer)
                self._clear()
        return answer

    def _clear(self) -> None:
        assert self.home is not None
        with os.scandir(self.home) as entries:
            known = sorted(entries, key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns)
        for entry in known[:-MOST]:
            os.unlink(entry.path)


def _name(scenario: Mapping[str, Any], knowledge: Knowledge) -> str:
    asked = json.dumps(scenario, sort_keys=True, default=str)
    return hashlib.sha256(f"{knowledge.digest} {asked}".encode("utf-8", "surrogateescape")).hexdigest()


def _program() -> str:
    """Digest over the sizes and times of all files of the program."""
    rooms = [Path(room) for room, _, _ in os.walk(HOME / "engine")]
    return hashlib.sha256(stamp(rooms).encode("utf-8", "surrogateescape")).hexdigest()
