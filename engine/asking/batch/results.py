"""The output: appended line by line, so that what is whole stays whatever ends the run."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ...errors import BadInput

CHUNK = 1 << 20


class Results:
    """A file that results are appended to. done: whole lines that stood there; last: the last of them.

    Raises BadInput where it cannot be written or another run writes to it.
    """

    def __init__(self, path: Path, restart: bool) -> None:
        self.done, self.last = 0, ""
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
            start, end, self.done = _whole(self._stream)
            self._stream.seek(start)
            self.last = self._stream.read(end - start).decode("utf-8", "replace").rstrip("\n")
        self._stream.truncate(end)
        self._stream.seek(end)


def _whole(stream: BinaryIO) -> tuple[int, int, int]:
    """Where the last whole line starts and ends, and how many there are."""
    before, last, count, place = 0, 0, 0, 0
    stream.seek(0)
    while part := stream.read(CHUNK):
        found = -1
        while (found := part.find(b"\n", found + 1)) >= 0:
            before, last, count = last, place + found + 1, count + 1
        place += len(part)
    return before, last, count


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
