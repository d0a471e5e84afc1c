"""Forgiving names: `RTX 3090`, `rtx3090` and `3090` are the entry `rtx_3090`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ..errors import AmbiguousName, UnknownName

_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_FORM = re.compile(r"(?:sxm\d?|pcie|nvl|oam|\d+gb|\d+g)\Z")
"""Words that tell variants of one card apart: form factor and memory size."""


def fold(text: str) -> str:
    """A name without case, spaces and punctuation; `+` counts.

    >>> fold("Command R+ (104B)")
    'commandrplus104b'
    """
    return _NOT_WORDS.sub("", text.lower().replace("+", "plus"))


def words(text: str) -> tuple[str, ...]:
    """A name as words.

    >>> words("A100-SXM4 80GB")
    ('a100', 'sxm4', '80gb')
    """
    return tuple(_NOT_WORDS.sub(" ", text.lower().replace("+", " plus ")).split())


class Names:
    """The names of the entries of one kind. noise: words that may stand in front, such as the vendor's."""

    def __init__(self, kind: str, entries: Mapping[str, Any], noise: Iterable[str] = ()) -> None:
        self.kind, self.entries = kind, entries
        self.noise = frozenset(noise)
        self.exact: dict[str, set[str]] = {}
        for key, entry in entries.items():
            for name in all_names(key, entry):
                self.exact.setdefault(fold(name), set()).add(key)

    def find(self, text: str) -> str:
        """Key of the entry. Raises UnknownName with the nearest names, AmbiguousName with the candidates."""
        found = self.meant(text)
        if not found:
            raise UnknownName(self.kind, text[:120], self._nearest(text))
        if len(found) > 1:
            raise AmbiguousName(self.kind, text[:120], sorted(found))
        return next(iter(found))

    def meant(self, text: str) -> set[str]:
        """Keys of the entries that a name may mean; none where it is unknown."""
        if text in self.entries:
            return {text}
        if self.kind == "gpus" and "/" in text and fold(text) not in self.exact and (several := self._any_of(text)):
            return several
        for candidate in self._readings(text):
            found = self.exact.get(candidate)
            if found:
                return found
        return self._variants(text) or self._without_brand(text)

    def _any_of(self, text: str) -> set[str]:
        """Entries of cards that share one name, `MI60 / MI50`; none where one of them is unknown."""
        each = [self.meant(name.strip()) for name in text.split("/") if name.strip()]
        return set().union(*each) if all(each) else set()

    def _readings(self, text: str) -> Iterable[str]:
        yield fold(text)
        yield fold(text.rsplit("/", 1)[-1])
        kept = [word for word in words(text) if word not in self.noise]
        yield fold("".join(kept))

    def _variants(self, text: str) -> set[str]:
        """Entries whose name is the text, however it is spaced, followed by nothing but form factor and memory size."""
        asked = "".join(word for word in words(text) if word not in self.noise)
        spellings = {asked, *(asked.removeprefix(word) for word in self.noise)} - {""}
        return set().union(*(self._bare.get(one, ()) for one in spellings))

    def _without_brand(self, text: str) -> set[str]:
        """Entries whose name is the text, series and number, behind words without a digit: `RTX 3090`. Only where words
        such as the vendor's may stand in front."""
        asked = tuple(word for word in words(text) if word not in self.noise)
        if not self.noise or len(asked) < 2 or not any(map(str.isdecimal, "".join(asked))):
            return set()
        return {
            key
            for key, given in self._given
            if given[-len(asked) :] == asked and not any(map(str.isdecimal, "".join(given[: -len(asked)])))
        }

    @cached_property
    def _bare(self) -> dict[str, set[str]]:
        """The entries by each of their names as one word, with and without form factor and memory size at its end."""
        found: dict[str, set[str]] = {}
        for key, given in self._given:
            for told in range(len(given), 0, -1):
                found.setdefault("".join(given[:told]), set()).add(key)
                if not _FORM.match(given[told - 1]):
                    break
        return found

    @cached_property
    def _given(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each name of each entry as words, without those that stand in front of any."""
        return [
            (key, tuple(word for word in words(name) if word not in self.noise))
            for key, entry in self.entries.items()
            for name in all_names(key, entry)
        ]

    def _nearest(self, text: str) -> list[str]:
        import difflib

        close = difflib.get_close_matches(fold(text)[:80], list(self.exact), 5, 0.6)
        keys = {key: None for name in close for key in sorted(self.exact[name])}
        asked = set(words(text)) - self.noise
        sharing = [key for key in self.entries if asked & set(words(key))] if len(keys) < 3 else []
        return list(keys | dict.fromkeys(sharing))[:5]


def all_names(key: str, entry: Any) -> list[str]:
    """Key, name and aliases of an entry."""
    if not isinstance(entry, Mapping):
        return [key]
    aliases = entry.get("aliases")
    named = [entry.get("name"), *(aliases if isinstance(aliases, list) else [])]
    return [key, *(str(name) for name in named if name is not None)]
