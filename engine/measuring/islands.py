"""JSON objects inside other text: whole files, one object a line, objects between log lines, truncated lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .pasted import Paste

_START = re.compile(r"(?m)(?:^|(?<=[\s,:\[>|]))\{")
_RECORD = re.compile(r"(?m)^[ \t]*(\[(?=\s*\{)|\{(?=\s*\"))")
_MOST_RECORDS = 100_000
_SHORT_REST = 24
"""Fewer characters than this behind an error: a token that the end of the text cut."""
_MOST_FAILURES = 2000
_MOST_WASTED = 64 * 1024 * 1024
_DEEPEST = 6

JsonObject = dict[str, Any]


def islands(paste: Paste) -> Iterator[tuple[int, JsonObject]]:
    """Every outermost JSON object of the text that can be read whole, with the line it begins in.

    Where an outer object or list is cut off, the whole objects inside it are found instead.
    """
    text, decoder = paste.text, json.JSONDecoder(parse_constant=_constant)
    at, failures, wasted = 0, 0, 0
    line, counted = 1, 0
    while failures < _MOST_FAILURES and wasted < _MOST_WASTED:
        match = _START.search(text, at)
        if match is None:
            return
        try:
            value, end = decoder.raw_decode(text, match.start())
        except ValueError as error:
            failures += 1
            wasted += max(0, getattr(error, "pos", match.start()) - match.start())
            at = match.start() + 1
            continue
        except RecursionError:
            return
        line += text.count("\n", counted, match.start())
        counted, at = match.start(), end
        yield line, value


def damage(paste: Paste) -> tuple[int, str] | None:
    """Line and reason where JSON is cut off or broken, of which `islands` finds what is left; None where all is whole.

    Looked at: a text that is JSON from its first character, and a list or an object that begins a line of its own.
    """
    text, decoder = paste.text, json.JSONDecoder(parse_constant=_constant)
    at = 0
    for _ in range(_MOST_RECORDS):
        match = _RECORD.search(text, at)
        if match is None:
            return None
        try:
            at = decoder.raw_decode(text, match.start(1))[1]
        except RecursionError:
            return None
        except ValueError as error:
            where = int(getattr(error, "pos", match.start(1)))
            line = text.count("\n", 0, where) + 1
            if len(text[where:].strip()) < _SHORT_REST or "Unterminated" in str(error):
                return line, "the JSON is cut off here: what stood after this is lost"
            return line, f"the JSON is damaged here ({getattr(error, 'msg', 'not readable')}): some of it may be lost"
    return None


def objects_with(paste: Paste, *keys: str) -> Iterator[tuple[int, JsonObject]]:
    """Objects that have all `keys`, at the top of an island or nested in it."""
    for line, value in islands(paste):
        for found in _nested(value, keys, 0):
            yield line, found


def _nested(value: Any, keys: tuple[str, ...], depth: int) -> Iterator[JsonObject]:
    if isinstance(value, dict):
        if all(key in value for key in keys):
            yield value
            return
        children = list(value.values())
    elif isinstance(value, list):
        children = value
    else:
        return
    if depth < _DEEPEST:
        for child in children:
            yield from _nested(child, keys, depth + 1)


def _constant(name: str) -> float:
    return float(name.replace("Infinity", "inf"))
