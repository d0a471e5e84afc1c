"""Files and folders of a knowledge directory, read so that nothing a disk can hold ends in a traceback."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import NamedTuple

from .diagnostic import Diagnostic, ReadingErrors
from .place import Place

SUFFIXES = (".yaml", ".csv")
SCENARIOS = "scenarios"
"""Folder of a directory of knowledge whose files are tests and no knowledge."""
MAX_CSV_BYTES = 64 << 20
_DEEPEST = 8
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_REASONS = {
    errno.ENOENT: ("the file is not there", "was it renamed or deleted while it was read?"),
    errno.EISDIR: ("a directory stands where a file should be", "give the file, or the folder of knowledge above it"),
    errno.EACCES: ("no permission to read it", "check the file's owner and mode"),
    errno.EPERM: ("no permission to read it", "check the file's owner and mode"),
    errno.ELOOP: ("the symbolic link leads round in a circle", "replace the link with the file"),
    errno.ENOTDIR: ("a part of the path is a file, not a directory", "check the path"),
    errno.ENAMETOOLONG: ("the name is too long", "shorten it"),
}


class Listed(NamedTuple):
    """A file of a directory: its path below the directory with `/`, and where it is."""

    name: str
    path: str


def unreadable(error: OSError | ValueError, file: str) -> Diagnostic:
    """An operating system's refusal as a finding."""
    number = error.errno if isinstance(error, OSError) else None
    message, hint = _REASONS.get(number or 0, (str(getattr(error, "strerror", None) or error), "check the file"))
    return Diagnostic("Y006", f"cannot be read: {message}", Place(file), hint)


def read_bytes(path: Path | str, file: str, limit: int) -> bytes:
    """All bytes of a regular file. Raises ReadingErrors where it cannot be read or has more than `limit` bytes."""
    try:
        return raw_bytes(os.fspath(path), limit)
    except (OSError, ValueError) as error:
        raise ReadingErrors([unreadable(error, file)]) from None
    except TooLarge as large:
        message = f"the file has {large.size:,} bytes; at most {limit:,} are read"
        raise ReadingErrors([Diagnostic("Y018", message, Place(file), "split it")]) from None


class TooLarge(Exception):
    """A file has more bytes than are read."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


def raw_bytes(path: str, limit: int) -> bytes:
    """All bytes of a regular file; a pipe or device is refused without waiting on it. Raises OSError, TooLarge."""
    handle = os.open(path, _READING)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            number = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
            raise OSError(number, "not a regular file")
        if status.st_size > limit:
            raise TooLarge(status.st_size)
        raw = os.read(handle, status.st_size + 1)
        return raw if len(raw) == status.st_size else _all_of(handle, raw, limit)
    finally:
        os.close(handle)


def _all_of(handle: int, raw: bytes, limit: int) -> bytes:
    """What a file of another size than it said holds, from what was read of it on."""
    parts = [raw]
    total = len(raw)
    while parts[-1]:
        parts.append(os.read(handle, 1 << 16))
        total += len(parts[-1])
        if total > limit:
            raise TooLarge(total)
    return b"".join(parts)


def listing(root: Path | str, label: str) -> tuple[list[Listed], list[Diagnostic]]:
    """Every knowledge file below a directory, sorted by name, and what could not be listed.

    Hidden files and folders are passed over. A symbolic link is followed where it stays inside the directory.
    """
    found: list[Listed] = []
    problems: list[Diagnostic] = []
    waiting = [("", os.fspath(root), 0)]
    while waiting:
        prefix, folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.name.startswith((".", "__")):
                        _sort_in(entry, prefix, depth, root, label, found, waiting, problems)
        except OSError as error:
            problems.append(unreadable(error, f"{label}/{prefix}".rstrip("/")))
    found.sort()
    return found, problems


def _sort_in(
    entry: os.DirEntry[str],
    prefix: str,
    depth: int,
    root: Path | str,
    label: str,
    found: list[Listed],
    waiting: list[tuple[str, str, int]],
    problems: list[Diagnostic],
) -> None:
    name = prefix + entry.name
    try:
        if entry.is_symlink():
            _check_link(entry.path, root)
        if name == SCENARIOS:
            return
        if entry.is_dir():
            _descend(name, entry, depth, label, waiting, problems)
        elif name.endswith(SUFFIXES):
            found.append(Listed(name, entry.path))
        elif name.endswith((".yml", ".json")):
            hint = f"rename it to {os.path.splitext(entry.name)[0]}.yaml"
            problems.append(
                Diagnostic("Y007", "knowledge is read from .yaml files only", Place(f"{label}/{name}"), hint)
            )
    except (OSError, RuntimeError, ValueError) as error:
        problems.append(unreadable(error if isinstance(error, OSError) else ValueError(str(error)), f"{label}/{name}"))


def _descend(
    name: str,
    entry: os.DirEntry[str],
    depth: int,
    label: str,
    waiting: list[tuple[str, str, int]],
    problems: list[Diagnostic],
) -> None:
    if depth < _DEEPEST:
        waiting.append((name + "/", entry.path, depth + 1))
    else:
        place = Place(f"{label}/{name}")
        problems.append(
            Diagnostic("Y006", f"folders nested more than {_DEEPEST} deep", place, "is a link leading in a circle?")
        )


def _check_link(path: str, root: Path | str) -> None:
    target = os.path.realpath(path, strict=True)
    home = os.path.realpath(root)
    if os.path.commonpath([target, home]) != home:
        raise ValueError("the symbolic link leads out of the knowledge directory")
