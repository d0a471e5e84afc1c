"""The compiled knowledge on disk: written whole or not at all, believed only when ours, intact and of these files.

Parts are plain data (mappings, lists, scalars) as `marshal` writes them: read three times as fast as JSON, and reading
runs nothing. A part is read only after its digest was found right, in a directory that no one else can write.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..paths import HOME
from .files import TooLarge, raw_bytes

FORMAT = "rigwise-snapshot/2"
SHIPPED = HOME / "compiled"
"""Where a package may bring its snapshot along."""
SUFFIX = ".data"
_VERSION = 4
"""Of marshal, which every Python from 3.4 on reads."""
COMPILERS = ("advice", "checking", "inference", "model", "reading", "search")
"""Rooms whose code decides what is kept beside the knowledge."""
_MOST_BYTES = 64 << 20
_KEPT = 6
_HEX = frozenset("0123456789abcdef")


@lru_cache(1)
def program() -> str:
    """What tells the code that compiles apart, so that a changed program does not read what another one wrote."""
    return stamp(HOME / "engine" / room for room in COMPILERS)


def stamp(rooms: Iterable[Path]) -> str:
    """Sizes and times of the code in some directories, as Python itself goes by for its own compiled files."""
    found = []
    for room in rooms:
        with os.scandir(room) as files:
            known = [(file.name, file.stat()) for file in files if file.name.endswith(".py")]
        found += [(os.fspath(room), name, status.st_size, status.st_mtime_ns) for name, status in known]
    return repr(sorted(found))


def program_key() -> str:
    """Key of what this program keeps whatever the knowledge is."""
    return f"{FORMAT} {hashlib.sha256(program().encode()).hexdigest()}"


class Broken(Exception):
    """A part of a snapshot is missing, damaged or not of this knowledge."""


def cache_home() -> Path | None:
    """The user's cache directory of this program, None where there is none or RIGWISE_CACHE is `off`."""
    if os.environ.get("RIGWISE_CACHE") == "off":
        return None
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "rigwise" if os.path.isabs(base) else None


class Snapshot:
    """Parts of one snapshot directory, read on demand. Every access may raise Broken."""

    def __init__(self, directory: Path, key: str, *, ours: bool = True) -> None:
        self.directory, self.key = os.fspath(directory), key
        if ours:
            _check_owner(self.directory)

    def part(self, name: str) -> Any:
        """One part. Raises Broken."""
        try:
            raw = raw_bytes(os.path.join(self.directory, f"{name}{SUFFIX}"), _MOST_BYTES)
        except (OSError, TooLarge, ValueError) as error:
            raise Broken(str(error)) from None
        header, _, body = raw.partition(b"\n")
        if header != _header(self.key, name, body):
            raise Broken(f"{name} is damaged")
        try:
            return unpack(body)
        except (ValueError, EOFError, TypeError) as error:
            raise Broken(str(error)) from None


def find_snapshot(key: str) -> Snapshot | None:
    """The snapshot of exactly these files, from the user's cache or from the package."""
    home = cache_home()
    places = ([(home / key, True)] if home else []) + [(SHIPPED, False)]
    for directory, ours in places:
        try:
            found = Snapshot(directory, key, ours=ours)
            found.part("meta")
        except Broken:
            continue
        return found
    return None


def write_snapshot(key: str, parts: Mapping[str, Any]) -> bool:
    """Write to the user's cache, quietly: False where that cannot be done."""
    home = cache_home()
    if home is None:
        return False
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_directory(home / key, key, parts)
        _forget_old(home, key)
    except (OSError, ValueError):
        return False
    return True


def write_directory(target: Path, key: str, parts: Mapping[str, Any]) -> None:
    """Write all parts beside `target` and move them there in one step; one that stands there already is replaced."""
    fresh = target.with_name(f".{target.name[:16]}-{os.getpid()}-{os.urandom(4).hex()}")
    fresh.mkdir(mode=0o700)
    try:
        for name, data in parts.items():
            _write_part(fresh, key, name, data)
        _move(fresh, target)
    finally:
        _remove(fresh)


def add_part(directory: str, key: str, name: str, data: Any) -> None:
    """One more part of a snapshot that is there, quietly."""
    with contextlib.suppress(OSError, ValueError):
        _write_part(Path(directory), key, name, data)


def _write_part(directory: Path, key: str, name: str, data: Any) -> None:
    body = pack(data)
    fresh = directory / f".{name}-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        fresh.write_bytes(_header(key, name, body) + b"\n" + body)
        os.replace(fresh, directory / f"{name}{SUFFIX}")
    finally:
        fresh.unlink(missing_ok=True)


def _move(fresh: Path, target: Path) -> None:
    try:
        os.rename(fresh, target)
    except OSError:
        aside = fresh.with_name(fresh.name + "-old")
        os.rename(target, aside)
        os.rename(fresh, target)
        _remove(aside)


def _remove(directory: Path | str) -> None:
    import shutil

    shutil.rmtree(directory, ignore_errors=True)
    with contextlib.suppress(OSError):
        os.unlink(directory)


def pack(data: Any) -> bytes:
    """Plain data as bytes, for what a part holds by key and few ask for."""
    return marshal.dumps(data, _VERSION)


def unpack(raw: bytes) -> Any:
    """The data that was packed."""
    return marshal.loads(raw)


def _header(key: str, name: str, body: bytes) -> bytes:
    return f"{FORMAT} {key} {name} {hashlib.sha256(body).hexdigest()}".encode()


def _check_owner(directory: str) -> None:
    try:
        status = os.lstat(directory)
    except (OSError, ValueError) as error:
        raise Broken(str(error)) from None
    if not stat.S_ISDIR(status.st_mode):
        raise Broken("not a directory")
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
        raise Broken("others could have written it")


def _forget_old(home: Path, key: str) -> None:
    """Keep the newest snapshots of those that are named by a digest."""
    with os.scandir(home) as entries:
        known = [entry for entry in entries if len(entry.name) == len(key) and set(entry.name) <= _HEX]
    known.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime, reverse=True)
    for entry in known[_KEPT:]:
        if entry.is_dir(follow_symlinks=False):
            _remove(entry.path)


class Store:
    """Parts from memory or from a snapshot; a snapshot that breaks midway is rebuilt."""

    def __init__(self, key: str, snapshot: Snapshot | None, build: Callable[[], Mapping[str, Any]]) -> None:
        self.key, self.snapshot, self.build = key, snapshot, build
        self.parts: dict[str, Any] = {}
        if snapshot is None:
            self._rebuild()

    def part(self, name: str) -> Any:
        """One part; KeyError where the knowledge has none of that name."""
        if name not in self.parts:
            self._load(name)
        return self.parts[name]

    def derived(self, name: str, make: Callable[[], Any]) -> Any:
        """Plain data that follows from the knowledge alone: kept beside it, made where it is not."""
        part = f"derived.{name}"
        try:
            if self.snapshot is not None:
                return self.snapshot.part(part)
        except Broken:
            pass
        made = make()
        if self.snapshot is not None:
            add_part(self.snapshot.directory, self.key, part, made)
        return made

    def _load(self, name: str) -> None:
        try:
            if self.snapshot is not None:
                self.parts[name] = self.snapshot.part(name)
        except Broken:
            if name.removesuffix(".detail") in ("meta", "rules", *self.part("meta")["kinds"]):
                self._rebuild()

    def _rebuild(self) -> None:
        self.parts = {**self.build(), **self.parts}
        self.snapshot = None
        if write_snapshot(self.key, self.parts):
            self.snapshot = find_snapshot(self.key)
