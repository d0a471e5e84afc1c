"""Bytes to text, refusing what YAML readers treat differently or what an eye cannot see."""

from __future__ import annotations

import re

from .diagnostic import Diagnostic
from .place import Place

_FORBIDDEN = re.compile(
    "\r(?!\n)|[\t\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001fffe\U0001ffff\U000e0000-\U0010ffff]+"
)
_UTF_16 = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_BIDI = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_SPACES = "[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]"
_LINES = "[\x85\u2028\u2029]"


def decode(raw: bytes, file: str) -> tuple[str, list[Diagnostic]]:
    """Text of a file, without a leading byte order mark, and every forbidden stretch of it.

    Carriage returns before a line feed are kept: YAML reads both as one line break.
    """
    if raw[:2] in _UTF_16 or raw[:4] in (b"\x00\x00\xfe\xff",):
        return "", [_wrong_encoding(file)]
    text = raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    return text, [_refusal(text, found, file) for found in _FORBIDDEN.finditer(text)]


def forbidden_in(value: str) -> str | None:
    """Name of the first character that a value must not hold even as an escape; line breaks and tabs are fine there."""
    if value.isprintable():
        found = _FORBIDDEN.search(value) if not value.isascii() else None
    else:
        found = _FORBIDDEN.search(value.replace("\t", " ").replace("\r", " "))
    return _name(found.group()[0]) if found else None


def _wrong_encoding(file: str) -> Diagnostic:
    return Diagnostic("Y003", "the file is UTF-16 or UTF-32, not UTF-8", Place(file), "save it as UTF-8")


def _refusal(text: str, found: re.Match[str], file: str) -> Diagnostic:
    place = position(text, found.start(), found.end(), file)
    char = found.group()[0]
    if "\ud800" <= char <= "\udfff":
        return Diagnostic("Y003", f"byte 0x{ord(char) & 0xFF:02x} is not valid UTF-8", place, "save the file as UTF-8")
    if char == "\t":
        return Diagnostic("Y005", "a tab: YAML readers disagree on tabs", place, 'use spaces; in a text write "\\t"')
    if char == "\ufeff":
        hint = "delete it; it comes from joining two files"
        return Diagnostic("Y002", "a byte order mark (U+FEFF) in the middle of the file", place, hint)
    return Diagnostic("Y004", f"{_name(char)} in the file", place, _hint(char))


def _name(char: str) -> str:
    code = f"U+{ord(char):04X}"
    if char == "\x00":
        return f"a NUL character ({code})"
    if re.match(_BIDI, char):
        return f"a character that changes the writing direction ({code})"
    if re.match(_SPACES, char):
        return f"a space that is not a plain space ({code})"
    if re.match(_LINES, char) or char == "\r":
        return f"a line break that readers disagree on ({code})"
    kind = "a control character" if ord(char) < 0xA0 else "an invisible character"
    return f"{kind} ({code})"


def _hint(char: str) -> str:
    if char == "\x00":
        return "delete it; a file full of them is UTF-16: save it as UTF-8"
    if re.match(_SPACES, char):
        return "type a plain space"
    return "use a line feed" if re.match(_LINES, char) or char == "\r" else "delete it"


def position(text: str, start: int, end: int, file: str) -> Place:
    """Place of a stretch of the text, given by offsets in code points."""
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    line_end = text.find("\n", start)
    stop = end if line_end < 0 else max(start + 1, min(end, line_end))
    return Place(file, line, column, column + max(1, stop - start))
