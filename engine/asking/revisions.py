"""Bodies of knowledge by name: a directory, or a revision of the git repository that one stands in."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from ..errors import BadInput
from ..paths import KNOWLEDGE
from ..reading import Knowledge, load_knowledge

_PATIENCE_S = 60
_LARGEST = 512 << 20


def knowledge_of(name: str, overlays: tuple[Path, ...] = ()) -> Knowledge:
    """The knowledge of a directory or revision. Raises BadInput where it is neither.

    A directory is a whole body of knowledge (it has rules/ and vocabulary.yaml), a clone with one in knowledge/, or an
    overlay, which is laid over the built-in knowledge.
    """
    path = Path(name)
    if name and path.is_dir():
        home = path / "knowledge" if _whole(path / "knowledge") else path
        if _whole(home):
            return load_knowledge(overlays, base=home.resolve())
        return load_knowledge((home, *overlays))
    return load_knowledge(overlays, base=checkout(name))


def _whole(path: Path) -> bool:
    return (path / "rules").is_dir() and (path / "vocabulary.yaml").is_file()


def checkout(revision: str) -> Path:
    """The knowledge of a revision, written to a directory that goes when the process ends. Raises BadInput."""
    root = Path(_git("rev-parse", "--show-toplevel").decode().strip())
    if revision.startswith("-"):
        raise _unknown(revision)
    with suppress(BadInput):
        commit = _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
        raw = _git("-C", os.fspath(root), "archive", "--format=tar", commit, "knowledge")
        return _unpacked(raw, commit)
    raise _unknown(revision)


def _unpacked(raw: bytes, commit: str) -> Path:
    if len(raw) > _LARGEST:
        raise BadInput(f"the knowledge of {commit[:12]} has more than {_LARGEST >> 20} MiB")
    home = tempfile.TemporaryDirectory(prefix="rigwise-")
    _KEPT.append(home)
    with tarfile.open(fileobj=BytesIO(raw)) as archive:
        archive.extractall(home.name, filter="data")
    return Path(home.name) / "knowledge"


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
"""Directories that are removed when the process ends."""


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, timeout=_PATIENCE_S, check=False)
    except FileNotFoundError:
        raise BadInput("revisions need git, which is not installed", hint="give two directories") from None
    except subprocess.TimeoutExpired:
        raise BadInput(f"git did not answer within {_PATIENCE_S} s") from None
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ").split("\n")[0]
        raise BadInput(
            f"git: {told or 'no such revision'}", hint="give a directory, or a revision of the clone you stand in"
        )
    return done.stdout


def _unknown(name: str) -> BadInput:
    hint = "give a directory of knowledge, or a revision with knowledge/ in it, such as HEAD~1 or origin/main"
    return BadInput(f"'{name[:80]}' is no directory and no revision here", hint=hint)


def here() -> str:
    """The knowledge of the clone that one stands in, or the built-in one."""
    return "knowledge" if _whole(Path("knowledge")) else os.fspath(KNOWLEDGE)


def before(revision: str | None) -> Callable[[Path], bytes | None] | None:
    """What a file was in a revision, by its path; None where there is no clone. None as revision: the last commit.

    The function gives None for a file that is new, the same, or of no clone. Raises BadInput for an unknown revision.
    """
    try:
        root = Path(_git("rev-parse", "--show-toplevel").decode().strip())
        commit = _git("rev-parse", "--verify", "--quiet", f"{revision or 'HEAD'}^{{commit}}").decode().strip()
        changed = _git("-C", os.fspath(root), "diff", "--name-only", "--no-renames", "-z", "--diff-filter=M", commit)
    except BadInput:
        if revision is None:
            return None
        raise _unknown(revision) from None
    names = {name.decode("utf-8", "surrogateescape") for name in changed.split(b"\0") if name}

    def of(path: Path) -> bytes | None:
        full = path.resolve()
        name = full.relative_to(root).as_posix() if root in full.parents else ""
        return _git("-C", os.fspath(root), "show", f"{commit}:{name}") if name in names else None

    return of
