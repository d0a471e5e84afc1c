"""Lines of a terminal: no longer than its width, coloured where it can, free of control characters."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator

NARROWEST, WIDEST = 40, 120
STYLES = {"recommended": "32", "optional": "33", "rejected": "31", "head": "1", "dim": "2"}
GLUED = re.compile(
    r"(?<=[\d?]) (?=(?:%|[kMGT]?B|GB/s|tok/s|ms|µs|s|W|USD|users?)(?!\w))"  # a number and its unit
    r"|(?<=,) (?=[+-]?\d[^\s\[\]]*\])|(?<=\d) (?=to [\d,.]+\])"  # the two ends of an interval
)
GLUE = "\u00a0"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


REMARK = "   # "
"""Between a command and a remark on it."""


class Paper:
    """Lines of a given width. Green is to do, yellow could be done, red is to leave or does not work."""

    def __init__(self, width: int = 100, colour: bool = False) -> None:
        self.width, self.colour = max(NARROWEST, min(width, WIDEST)), colour

    def style(self, text: str, name: str) -> str:
        return f"\x1b[{STYLES[name]}m{text}\x1b[0m" if self.colour and text else text

    def wrap(self, text: str, indent: int = 0, first: int | None = None) -> Iterator[str]:
        """A paragraph; `first` is the indent of its first line where that differs."""
        lead = " " * (indent if first is None else first)
        yield from self._wrapped(plain(text), lead, " " * indent)

    def block(self, label: str, paragraphs: Iterable[str], style: str = "head", indent: int = 9) -> Iterator[str]:
        """Paragraphs to the right of a label that stands in the margin; nothing without paragraphs."""
        lines = [line for paragraph in paragraphs for line in self.wrap(paragraph, indent)]
        if lines:
            yield self.style(label, style) + lines[0][len(label) :]
            yield from lines[1:]

    def command(self, text: str, indent: int) -> Iterator[str]:
        """A shell command, broken so that it can be pasted: at spaces, and where a word is too long inside of it.

        A remark behind it that does not fit stands below it, a mark before each line: a shell reads on in none.
        """
        text = plain(text)
        words, _, remark = text.partition(REMARK) if indent + len(text) + wide(text) > self.width else (text, "", "")
        yield from self._broken(words.rstrip(), indent)
        if remark:
            yield from self._wrapped(remark, " " * indent + "# ", " " * indent + "# ")

    def _broken(self, text: str, indent: int) -> Iterator[str]:
        line, lead = "", " " * indent
        for word in text.split(" "):
            if line and len(lead) + len(line) + len(word) + 3 > self.width:
                yield f"{lead}{line} \\"
                line, lead = "", " " * (indent + 2)
            line = f"{line} {word}" if line else word
            while len(lead) + len(line) + 2 > self.width:
                room = self.width - len(lead) - 1
                yield f"{lead}{line[:room]}\\"
                line, lead = line[room:], ""
        yield f"{lead}{line}"

    def _wrapped(self, text: str, lead: str, indent: str) -> list[str]:
        width = max(self.width - wide(text), len(indent) + 8)
        text = glued(text)
        found = textwrap.wrap(text, width, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False)
        return [line.replace(GLUE, " ") for line in found] or [lead.rstrip()]


def plain(text: str) -> str:
    """A text in which nothing steers the terminal.

    >>> plain("a\\x1b[31mb")
    'a�[31mb'
    """
    return CONTROL.sub("\ufffd", text)


def glued(text: str) -> str:
    """A text whose numbers stay with their units, and whose intervals stay whole, wherever lines break."""
    return GLUED.sub(GLUE, text)


def wide(text: str) -> int:
    """Columns that a text takes beyond its number of characters."""
    return 0 if text.isascii() else sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)


def cut(text: str, width: int) -> str:
    """A text of at most that many columns, with an ellipsis where it was longer.

    >>> cut("Faster host memory", 10), cut("short", 10)
    ('Faster ho…', 'short')
    """
    text = plain(text)
    return text if len(text) <= width else text[: max(0, width - 1)].rstrip() + "…"
