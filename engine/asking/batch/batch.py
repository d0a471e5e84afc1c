"""A whole run: from the input to the output, going on where a former run ended."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import BadInput
from .. import inputs
from .answering import REFUSAL, Setting, answer, is_refusal, knowledge
from .lines import Form, Line, opened
from .progress import Progress
from .results import Results

STANDARD = Path("-")


def run(
    source: Path,
    target: Path,
    *,
    overlays: Iterable[Path] = (),
    matcher: str | None = None,
    written: str | None = None,
    proofs: bool = True,
    restart: bool = False,
    workers: int | None = None,
    cluster: str | None = None,
) -> dict[str, Any]:
    """Answer every line of `source` into `target`; `-` is standard input or output. The outcome as a document.

    written: jsonl or csv. workers: local processes; cluster: address of a Dask scheduler. Raises BadInput.
    """
    _apart(source, target)
    layers = list(overlays)
    inputs.refuse_broken(layers)
    with _read(source) as stream:
        form, lines = opened(stream, written)
        setting = _setting(source, form, layers, matcher, proofs)
        with Results(target, restart, REFUSAL.encode()) as results, _collecting():
            rest = _from_where_it_ended(lines, results, setting, target)
            progress = Progress(results.done, results.refused)
            try:
                for text in _answers(rest, setting, workers, cluster):
                    results.write(text)
                    progress.count(json.loads(text) if is_refusal(text) else None)
            finally:
                progress.end()
    return {"schema": "rigwise/batch/1", "answered": progress.answered, "refused": progress.refused,
            "resumed": progress.resumed, "resumed_refused": progress.refused_before,
            "says": progress.line()}  # fmt: skip


def _answers(lines: Iterable[Line], setting: Setting, workers: int | None, cluster: str | None) -> Iterator[str]:
    if workers is None and cluster is None:
        return (answer(line, setting) for line in lines)
    from . import cluster as dask

    return dask.answers(lines, setting, workers, cluster)


def _setting(source: Path, form: Form, overlays: list[Path], matcher: str | None, proofs: bool) -> Setting:
    home = None if source == STANDARD else str(source.resolve().parent)
    found = Setting(form, tuple(str(one.resolve()) for one in overlays), matcher, home, proofs)
    return replace(found, digest=knowledge(found.overlays).digest)


def _from_where_it_ended(lines: Iterator[Line], results: Results, setting: Setting, target: Path) -> Iterator[Line]:
    """The lines that are not answered yet.

    Raises BadInput where the last of what stands there, or the last answer that is no refusal, is not one to this
    input: a refusal would look the same by any knowledge.
    """
    for number in range(results.done):
        line, told = next(lines, None), results.samples.get(number)
        if line is None or (told is not None and answer(line, setting) != told):
            raise BadInput(
                "what stands there was not answered from this input with this knowledge and these options",
                where=str(target), hint="name another file, or begin anew with --restart",
            )  # fmt: skip
    return lines


def _apart(source: Path, target: Path) -> None:
    """Raises BadInput where the output would overwrite the input."""
    with contextlib.suppress(OSError):
        if STANDARD not in (source, target) and os.path.samefile(source, target):
            raise BadInput("input and output are the same file", where=str(target))


@contextlib.contextmanager
def _read(source: Path) -> Iterator[BinaryIO]:
    if source == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        stream = source.open("rb")
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=str(source)) from None
    with stream:
        try:
            yield stream
        except IsADirectoryError:
            raise BadInput("is a directory", where=str(source)) from None


@contextlib.contextmanager
def _collecting() -> Iterator[None]:
    """A long run has to give back what its answers leave; one command does not (see the command line)."""
    before = gc.isenabled()
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        gc.unfreeze()
        if not before:
            gc.disable()
