"""Did you mean: the nearest known name to one that is not known."""

from __future__ import annotations

import re
from collections.abc import Iterable

CUTOFF = 0.7


def nearest(given: str, known: Iterable[str], cutoff: float = CUTOFF) -> str | None:
    """The nearest of the known names, case and the choice of `_`, `-` and space left aside; None where none is near.

    >>> nearest("memory_bandwith", ["memory_bandwidth_gb_s", "memory_bus_bits"])
    'memory_bandwidth_gb_s'
    >>> nearest("zzz", ["tdp_w"])
    """
    import difflib

    names = {levelled(name): name for name in sorted(known)}
    asked = levelled(given)[:120]
    if asked in names:
        return names[asked]
    close = difflib.get_close_matches(asked, list(names), 1, cutoff)
    if not close and len(asked) >= 3:
        close = _by_parts(asked, list(names))[:1]
    return names[close[0]] if close else None


_UNITS = re.compile(r"_(?:w|us|ms|s|gib|gb|gb_s|gbit_s|mt_s|tflops|tops|usd|bits)\Z")


def _by_parts(asked: str, names: list[str]) -> list[str]:
    """Names that hold the asked one as words, or are it but for unit and order of letters, or go on from it.

    >>> _by_parts("tpd", ["tdp_w", "note"]), _by_parts("bandwidth", ["memory_bandwidth_gb_s", "note"])
    (['tdp_w'], ['memory_bandwidth_gb_s'])
    >>> _by_parts("vocab_size", ["vocabulary", "layers"])
    ['vocabulary']
    """
    first = asked.split("_")[0]
    return [
        *(name for name in names if f"_{asked}_" in f"_{name}_" or f"_{name}_" in f"_{asked}_"),
        *(name for name in names if sorted(_UNITS.sub("", name)) == sorted(asked)),
        *(name for name in names if len(first) >= 4 and name.startswith(first)),
    ]


def levelled(name: str) -> str:
    """Lower case, words joined by `_`."""
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def did_you_mean(given: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint with the nearest name, or else the given hint."""
    near = nearest(given, known)
    return f"did you mean `{near}`?" if near else otherwise
