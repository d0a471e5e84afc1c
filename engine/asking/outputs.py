"""Documents to where they are wanted: terminal, file, pipe."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import BadInput, RigwiseError


def show(kind: str, document: Mapping[str, Any], form: str, **settings: Any) -> None:
    """Print a document in the format asked for."""
    from ..showing import FORMATS

    say(FORMATS[form](kind, document, width=terminal_width(), colour=coloured(), **settings))


# What stands for a sign on a terminal that has none of it.
PLAIN = str.maketrans({"×": "x", "…": "...", "→": "->", "µ": "u", "–": "-", "≥": ">=", "≤": "<=", "±": "+-"})


def say(text: str) -> None:
    """Print a text that is already written out, as far as the terminal has its letters."""
    sys.stdout.write(legible(text if text.endswith("\n") else text + "\n", sys.stdout.encoding))


def legible(text: str, encoding: str | None) -> str:
    """A text in the letters of an encoding.

    >>> legible("4× 3090", "ascii"), legible("4× 3090", "utf-8")
    ('4x 3090', '4× 3090')
    """
    encoding = encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def note(text: str) -> None:
    """Print a remark that is no part of the answer, on standard error."""
    sys.stderr.write(text + "\n")


def write(path: Path, document: Mapping[str, Any]) -> None:
    """Write a document as JSON. Raises BadInput where the file cannot be written."""
    from ..showing import FORMATS

    try:
        path.write_text(FORMATS["json"]("", document), "utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(path)) from None


def progress(what: str) -> Callable[[int, int], None]:
    """A line on standard error that counts what is done, on a terminal and after the first second only."""
    began = time.monotonic()

    def tell(done: int, least: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - began > 1:
            sys.stderr.write(f"\r{done} {what}, {max(done, least)} or more in all ")
            sys.stderr.flush()

    return tell


def end_progress() -> None:
    """Clear the line of progress."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


def terminal_width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns


def coloured() -> bool:
    """Whether standard output is a terminal that wants colour."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def verdict_code(document: Mapping[str, Any]) -> int:
    """1 where neither the rig as asked nor any recommended change runs the model, else 0."""
    numbers = document["estimate"]
    if numbers["fits"] is not False and not numbers["cannot_run"]:
        return 0
    return (
        0
        if any(
            row["status"] == "recommended" and row["id"] not in ("do_nothing", "measure_first")
            for row in document["options"]
        )
        else 1
    )


def estimate_code(document: Mapping[str, Any]) -> int:
    """1 where what is asked for does not fit or cannot run, else 0."""
    numbers = document["estimate"]
    return 1 if numbers["fits"] is False or numbers["cannot_run"] else 0


def report_fault(error: Exception) -> None:
    """Tell of a fault of ours: what it was, where, and how to report it; the whole trace with RIGWISE_DEBUG=1."""
    if os.environ.get("RIGWISE_DEBUG"):
        import traceback

        traceback.print_exception(error)
    trace, place = error.__traceback__, "somewhere"
    while trace is not None:
        code = trace.tb_frame.f_code
        place, trace = f"{Path(code.co_filename).name}:{trace.tb_lineno} in {code.co_name}", trace.tb_next
    told = error.message if isinstance(error, RigwiseError) else f"{type(error).__name__}: {error}"
    print(f"rigwise: a fault of rigwise itself: {told}", file=sys.stderr)
    print(f"  at {place}. Please report it with the command and RIGWISE_DEBUG=1 set.", file=sys.stderr)
