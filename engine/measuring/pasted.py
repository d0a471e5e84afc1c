"""Text as people paste or save it: encodings, colours and log prefixes taken off, line numbers kept."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..errors import BadInput

MOST_BYTES = 64 * 1024 * 1024
LONGEST_LINE = 16 * 1024

_ANSI = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_SPELT = re.compile(r"(?:\^\[|\\(?:x1[bB]|e|033|u001[bB])|[\u241b\ufffd\u2190])\[[0-9;]*[mK]")
_BARE = re.compile(r"\[\d{1,3}(?:;\d{1,3})*m(?!\])|\[[mK](?![\w\]])")
_BARE_RESET = re.compile(r"\[0{1,2}m(?!\])|\[m$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f\u3000", " "))
_MARKUP = re.compile(r"</?(?:pre|code|samp|span|font|br|p|div)\b[^<>\n]{0,200}>", re.IGNORECASE)
_NUMBERED = re.compile(r"^ *(\d{1,6})(?:\t|: |\| )")
_PREFIXES = (
    (re.compile(r"^>+ ?"), 0.8),
    (re.compile(r"^[A-Za-z0-9][\w.-]*\s+\| ?"), 0.8),
    (re.compile(r"^\[\d+,\d+\]<std(?:out|err)>: ?"), 0.8),
    (re.compile(r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?:? "), 0.8),
    (re.compile(r"^\w{1,5}\.? [ \d]\d \d\d:\d\d:\d\d [\w.-]+ [\w./@-]+(?:\[\d+\])?: "), 0.3),
    (re.compile(r"^(?:\[\d+\] )?\d+\.\d\d\.\d{3}\.\d{3} [A-Z] "), 0.3),
)
"""What stands before each line of a copy, and the share of lines that have it: less where it is unmistakable."""
_DRAWN = str.maketrans({"│": "|", "┃": "|", "║": "|", "─": "-", "━": "-", "═": "=", "┼": "+", "╪": "+", "╬": "+"})
_ROUNDS_OF_PREFIXES = 3
_ENTITIES = (("&nbsp;", "\u00a0"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&#39;", "'"))
"""What a web page writes for a sign: a text that has one and nowhere the sign itself was copied from its source."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a paste: its number, counted from 1, its text, and whether the paste may end inside it."""

    number: int
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Paste:
    """One pasted text or file. `name` is the file's name without its folders.

    `lines` are cut at 16 KiB, for the readers that go by line; `text` is whole, for JSON and XML.
    """

    name: str
    lines: tuple[Line, ...]
    text: str

    def where(self, line: int) -> str:
        return f"{self.name}:{line}"


def paste_of(text: str, name: str = "pasted text") -> Paste:
    """A `Paste` out of raw text.

    Raises BadInput when the text is larger than 64 MiB: no tool output is.
    """
    if len(text) > MOST_BYTES:
        raise BadInput(f"the text has {len(text)} characters, more than the {MOST_BYTES} that are read", where=name)
    plain = _CONTROL.sub("", _without_colours(text.removeprefix("\ufeff"))).translate(_DRAWN)
    if "<pre" in plain or "<code" in plain or "<span" in plain:
        plain = _MARKUP.sub("", plain)
    if any(entity in plain and sign not in plain for entity, sign in _ENTITIES):
        plain = html.unescape(plain)
    plain = _UNSEEN.sub("", plain).translate(_BLANKS)
    plain = plain.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    rows = plain.split("\n")
    open_end = rows[-1] != ""
    rows = _dedented(_without_prefixes(_without_numbers(rows if open_end else rows[:-1])))
    last = len(rows)
    lines = (
        Line(i, row[:LONGEST_LINE], (open_end and i == last) or len(row) > LONGEST_LINE)
        for i, row in enumerate(rows, 1)
    )
    return Paste(name, tuple(lines), "\n".join(rows))


def paste_of_file(path: Path) -> Paste:
    """A `Paste` out of a file in UTF-8 or UTF-16. Raises BadInput when it cannot be read or is too large."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"the file has more than the {MOST_BYTES} bytes that are read", where=str(path))
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    return paste_of(decoded(raw), path.name)


def decoded(raw: bytes) -> str:
    """Bytes of a saved tool output as text: UTF-16 as PowerShell's `>` writes it, else UTF-8, bad bytes replaced."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    return raw.decode("utf-8-sig", errors="replace")


def number(text: object) -> float | None:
    """A finite number out of a cell such as `1,234.5`, `24576 MiB` or `16x`; None where there is none."""
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, int | float):
        return _finite(text)
    match = re.match(r"\s*([-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)", str(text)[:64])
    return _finite(match[1].replace(",", "")) if match else None


def whole(text: object) -> int | None:
    """A whole number out of a cell; None where there is none or where it has a fraction."""
    value = number(text)
    return int(value) if value is not None and value == int(value) else None


def _finite(value: str | int | float) -> float | None:
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def _without_colours(text: str) -> str:
    """Escape sequences taken off: whole, with their first byte spelt out, without it where a reset tells of them."""
    plain = _SPELT.sub("", _ANSI.sub("", text))
    return _BARE.sub("", plain) if _BARE_RESET.search(plain) else plain


def _without_prefixes(rows: list[str]) -> list[str]:
    for _ in range(_ROUNDS_OF_PREFIXES):
        prefix = next((p for p, share in _PREFIXES if _common(p, share, rows)), None)
        if prefix is None:
            break
        rows = [prefix.sub("", row, count=1) for row in rows]
    return rows


def _without_numbers(rows: list[str]) -> list[str]:
    """Rows without the numbers of lines that `cat -n` and editors put before all of them."""
    matches = [_NUMBERED.match(row) for row in rows if row.strip()]
    numbers = [int(match[1]) for match in matches if match]
    if len(numbers) < max(len(matches), 3) or any(b - a < 1 for a, b in pairwise(numbers)):
        return rows
    return [_NUMBERED.sub("", row, count=1) for row in rows]


def _dedented(rows: list[str]) -> list[str]:
    """Rows without the spaces or tabs that all of them begin with, as in a block of code."""
    filled = [row for row in rows if row.strip()]
    if len(filled) > 1 and all(row.startswith("\t") for row in filled):
        return _dedented([row.removeprefix("\t") for row in rows])
    spaces = min((len(row) - len(row.lstrip(" ")) for row in filled), default=0)
    return [row[spaces:] for row in rows] if spaces and len(filled) > 1 else rows


def _common(prefix: re.Pattern[str], share: float, rows: list[str]) -> bool:
    filled = [row for row in rows if row.strip()]
    return len(filled) > 1 and sum(prefix.match(row) is not None for row in filled) >= share * len(filled)
