"""N412: a word used once that is a letter off a word used often in the same field."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic, Fix
from ..document import Library
from ..leaves import leaves
from ..limits import count

_WORD = re.compile(r"[A-Za-z][\w.-]{2,39}\Z")
_OFTEN = count("odd_words", "often")


def check(library: Library) -> Iterator[Diagnostic]:
    """Fields whose words are free: families, kinds, names of links."""
    for kind in library.asked_kinds:
        texts = [leaf for leaf in leaves(library, kind) if type(leaf.value) is str and _WORD.match(leaf.value)]
        words: dict[str, Counter[str]] = defaultdict(Counter)
        for leaf in texts:
            words[leaf.field][leaf.value] += 1
        often = {field: [word for word, count in counts.items() if count >= _OFTEN] for field, counts in words.items()}
        for leaf in texts:
            counts = words[leaf.field]
            if leaf.document.asked and counts[leaf.value] == 1:
                near = next((word for word in often[leaf.field] if slip(leaf.value, word)), None)
                if near:
                    place = leaf.document.place(leaf.path)
                    fix = Fix(place.line, place.column, place.line, place.end_column, near, f"write {near}")
                    message = f"`{leaf.value}` stands only here; `{near}` stands in {counts[near]} places"
                    yield leaf.document.find("N412", message, leaf.path, f"did you mean `{near}`?", fix=fix)


def slip(one: str, other: str) -> bool:
    """Whether two words differ by one letter that is dropped, doubled, wrong or swapped; digits make other words.

    >>> slip("lllama", "llama"), slip("q4_k", "q5_k"), slip("apmere", "ampere")
    (True, False, True)
    """
    if re.sub(r"\D", "", one) != re.sub(r"\D", "", other) or abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        off = [at for at in range(len(one)) if one[at] != other[at]]
        swapped = (
            len(off) == 2 and off[1] == off[0] + 1 and one[off[0]] == other[off[1]] and one[off[1]] == other[off[0]]
        )
        return (len(off) == 1 and len(one) > 4) or swapped
    short, long = sorted((one, other), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
