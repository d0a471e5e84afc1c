"""How far a run is, in one line of a terminal that is written over; nothing where there is none."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

EVERY = 0.2  # s between two looks
TOLD = 20  # refused lines that are told one by one


class Progress:
    """Lines answered and refused since the start. size: bytes of the input, 0 where unknown."""

    def __init__(self, resumed: int, refused_before: int) -> None:
        """resumed: lines that were there; refused_before: those of them that tell of an error."""
        self.answered, self.refused, self.resumed, self.refused_before = 0, 0, resumed, refused_before
        self.start = time.monotonic()
        self._told = 0.0
        self._shown = sys.stderr.isatty()

    def count(self, refusal: Mapping[str, Any] | None) -> None:
        """One more line is written. refusal: the error that it tells; the first ones are told here, too."""
        self.refused += refusal is not None
        self.answered += refusal is None
        if refusal is not None and self.refused <= TOLD + 1:
            self._tell(refusal)
        now = time.monotonic()
        if self._shown and now - self._told > EVERY:
            self._told = now
            sys.stderr.write(f"\r\x1b[K{self.line()}")
            sys.stderr.flush()

    def _tell(self, refusal: Mapping[str, Any]) -> None:
        """Which line was refused and why, on standard error."""
        error = refusal["error"]
        parts = [f"line {refusal['line']}", error.get("where"), error["message"]]
        hint = f" ({error['hint']})" if error.get("hint") else ""
        told = f"{': '.join(part for part in parts if part)}{hint}"
        clear = "\r\x1b[K" if self._shown else ""
        more = "further refused lines stand in the output alone"
        sys.stderr.write(f"{clear}{told if self.refused <= TOLD else more}\n")

    def line(self) -> str:
        """Counts and pace in words."""
        done, seconds = self.answered + self.refused, max(time.monotonic() - self.start, 1e-9)
        parts = [f"{self.answered:,} answered", f"{self.refused:,} refused", f"{done / seconds:.2f} a second"]
        if self.resumed:
            parts.append(f"{self.resumed:,} were there")
        if self.refused_before:
            parts.append(f"{self.refused_before:,} of them refused (--restart asks them again)")
        return ", ".join(parts)

    def end(self) -> None:
        """Leave the terminal with an empty line to write on."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
