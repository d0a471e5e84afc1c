"""Did you mean: the nearest known name to one that is not known."""

from __future__ import annotations

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
    if not close and len(asked) >= 4:
        close = [name for name in names if name.startswith(asked + "_") or asked.startswith(name + "_")][:1]
    return names[close[0]] if close else None


def levelled(name: str) -> str:
    """Lower case, words joined by `_`."""
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def did_you_mean(given: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint with the nearest name, or else the given hint."""
    near = nearest(given, known)
    return f"did you mean `{near}`?" if near else otherwise
