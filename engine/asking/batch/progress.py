"""How far a run is, in one line of a terminal that is written over; nothing where there is none."""

from __future__ import annotations

import sys
import time

EVERY = 0.2  # s between two looks


class Progress:
    """Lines answered and refused since the start. size: bytes of the input, 0 where unknown."""

    def __init__(self, resumed: int) -> None:
        self.answered, self.refused, self.resumed = 0, 0, resumed
        self.start = time.monotonic()
        self._told = 0.0
        self._shown = sys.stderr.isatty()

    def count(self, refused: bool) -> None:
        """One more line is written."""
        self.refused += refused
        self.answered += not refused
        now = time.monotonic()
        if self._shown and now - self._told > EVERY:
            self._told = now
            sys.stderr.write(f"\r\x1b[K{self.line()}")
            sys.stderr.flush()

    def line(self) -> str:
        """Counts and pace in words."""
        done, seconds = self.answered + self.refused, max(time.monotonic() - self.start, 1e-9)
        parts = [f"{self.answered:,} answered", f"{self.refused:,} refused", f"{done / seconds:.2f} a second"]
        return ", ".join(parts) + (f", {self.resumed:,} were there" if self.resumed else "")

    def end(self) -> None:
        """Leave the terminal with an empty line to write on."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
