"""The sentences of a path: where to stop, and what cannot be told."""

from __future__ import annotations

from ..model.quantity import percent


def stopping(steps: int, following: tuple[str, float, float] | None, metric: str) -> str:
    """Where to stop, in words. following: the next best option, what it would add and what is asked for.

    >>> stopping(1, ("pcie_p2p", 0.02, 0.05), "decode")
    'Stop after step 1: the next best, pcie_p2p, would add +2.0 % decode on top, +5.0 % is asked for.'
    """
    where = f"after step {steps}" if steps else "before the first step"
    if following is None:
        return f"Stop {where}: nothing else known here adds to it."
    option, gain, needed = following
    return (
        f"Stop {where}: the next best, {option}, would add {percent(gain)} {metric} on top, "
        f"{percent(needed)} is asked for."
    )


def staying(says: str | None) -> str:
    """Where no step is worth taking, in words. says: why doing nothing is best."""
    return f"Stop before the first step: {says or 'nothing is worth doing'}."


def untold(option: str) -> str:
    """Of an option whose gain on top cannot be told."""
    return f"what {option} would add cannot be told"
