"""The output: appended line by line, so that what is whole stays whatever ends the run."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ...errors import BadInput


class Results:
    """A file that results are appended to. done: whole lines that stood there; refused: those of them that tell of an
    error; samples: by its number from 0 the last of them, and the last that tells of none.

    Raises BadInput where it cannot be written or another run writes to it.
    """

    def __init__(self, path: Path, restart: bool, refusal: bytes) -> None:
        """refusal: what a line that tells of an error starts with."""
        self.done, self.refused, self.samples, self._refusal = 0, 0, dict[int, str](), refusal
        self._stream = self._opened(path, restart)
        if path != Path("-") and stat.S_ISREG(os.fstat(self._stream.fileno()).st_mode):
            _lock(self._stream, path)
            self._go_on(restart)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()
        if self._stream is not sys.stdout.buffer:
            self._stream.close()

    def write(self, text: str) -> None:
        """Append one line."""
        self._stream.write(text.encode() + b"\n")
        self._stream.flush()

    def _opened(self, path: Path, restart: bool) -> BinaryIO:
        if path == Path("-"):
            return sys.stdout.buffer
        try:
            exists = path.exists() and path.is_file()
            return path.open("r+b" if exists else "wb")
        except OSError as error:
            raise BadInput(f"cannot be written: {error.strerror}", where=str(path)) from None

    def _go_on(self, restart: bool) -> None:
        """Keep the whole lines and drop what a killed run left of another one."""
        end = 0
        if not restart and self._stream.readable():
            end = self._count_whole_lines()
        self._stream.truncate(end)
        self._stream.seek(end)

    def _count_whole_lines(self) -> int:
        """Count what stands there; where the last whole line ends."""
        end, last, answered = 0, b"", (0, b"")
        self._stream.seek(0)
        for line in self._stream:
            if line.endswith(b"\n"):
                refused = line.startswith(self._refusal)
                if not refused:
                    answered = self.done, line
                self.done, self.refused = self.done + 1, self.refused + refused
                end, last = end + len(line), line
        told = (answered, (self.done - 1, last))
        self.samples = {number: line.decode("utf-8", "replace").rstrip("\n") for number, line in told if line}
        return end


def _lock(stream: BinaryIO, path: Path) -> None:
    """Refuse to write beside another run, where the system can tell."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BadInput(
            "another batch writes to it", where=str(path), hint="wait for it, or name another file"
        ) from None
