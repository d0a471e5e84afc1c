"""A line on standard error that says how far a long command is: only on a terminal, only after a second."""

from __future__ import annotations

import sys
from time import monotonic

AFTER = 1.0
EVERY = 0.1


class Line:
    """Rewritten in place, wiped at the end."""

    def __init__(self) -> None:
        self.started = monotonic()
        self.last = 0.0
        self.shown = False
        self.terminal = sys.stderr.isatty()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def at(self, done: int, total: int, what: str) -> None:
        """Show that `done` of `total` are done."""
        now = monotonic()
        if self.terminal and now - self.started > AFTER and now - self.last > EVERY:
            self.last, self.shown = now, True
            sys.stderr.write(f"\r\x1b[K{what}: {done} of {total}")
            sys.stderr.flush()
