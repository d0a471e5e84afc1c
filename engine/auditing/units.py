"""Units as claims write them: `GB/s`, `gb_s` and `GBps` are one thing, and each belongs to one dimension."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ..errors import BadInput


class Unit(NamedTuple):
    """A unit: what it measures, how many of the dimension's own unit (SI) it is, how it is written."""

    dimension: str
    factor: float
    shown: str


_TABLE: Mapping[str, Mapping[str, tuple[float, str]]] = {
    "bytes": {
        "gb": (1e9, "GB"),
        "gib": (2.0**30, "GiB"),
        "mb": (1e6, "MB"),
        "mib": (2.0**20, "MiB"),
        "kb": (1e3, "KB"),
        "kib": (2.0**10, "KiB"),
        "tb": (1e12, "TB"),
        "tib": (2.0**40, "TiB"),
        "b": (1.0, "B"),
        "byte": (1.0, "B"),
        "bytes": (1.0, "B"),
    },
    "rate": {
        "gb_s": (1e9, "GB/s"),
        "gbs": (1e9, "GB/s"),
        "mb_s": (1e6, "MB/s"),
        "tb_s": (1e12, "TB/s"),
        "gib_s": (2.0**30, "GiB/s"),
        "gbit_s": (1.25e8, "Gbit/s"),
        "gbps": (1.25e8, "Gbit/s"),
        "gb_sec": (1e9, "GB/s"),
    },
    "flops": {
        "tflops": (1e12, "TFLOPS"),
        "gflops": (1e9, "GFLOPS"),
        "pflops": (1e15, "PFLOPS"),
        "tops": (1e12, "TOPS"),
        "tflop_s": (1e12, "TFLOPS"),
    },
    "time": {"s": (1.0, "s"), "ms": (1e-3, "ms"), "us": (1e-6, "µs"), "µs": (1e-6, "µs"), "sec": (1.0, "s")},
    "power": {"w": (1.0, "W"), "watt": (1.0, "W"), "watts": (1.0, "W"), "kw": (1e3, "kW")},
    "money": {"usd": (1.0, "USD"), "dollars": (1.0, "USD"), "k_usd": (1e3, "thousand USD")},
    "speed": {
        "tok_s": (1.0, "tok/s"),
        "tokens_s": (1.0, "tok/s"),
        "t_s": (1.0, "tok/s"),
        "tps": (1.0, "tok/s"),
        "tokens_per_second": (1.0, "tok/s"),
    },
    "count": {
        "": (1.0, ""),
        "b": (1e9, "billion"),
        "billion": (1e9, "billion"),
        "bn": (1e9, "billion"),
        "m": (1e6, "million"),
        "million": (1e6, "million"),
        "k": (1e3, "thousand"),
        "count": (1.0, ""),
        "x": (1.0, "times"),
        "lanes": (1.0, "lanes"),
        "layers": (1.0, "layers"),
        "cards": (1.0, "cards"),
    },
    "bits": {"": (1.0, "bit"), "bit": (1.0, "bit"), "bits": (1.0, "bit"), "bpw": (1.0, "bit")},
    "tokens": {"": (1.0, "tokens"), "tokens": (1.0, "tokens"), "k": (1024.0, "k tokens"), "token": (1.0, "tokens")},
    "percent": {"percent": (0.01, "%"), "pct": (0.01, "%"), "": (0.01, "%"), "%": (0.01, "%")},
    "energy": {"": (1.0, ""), "tokens_per_joule": (1.0, "tokens/J"), "tok_j": (1.0, "tokens/J")},
}


def folded(text: str) -> str:
    """A name as it is compared: small letters and digits, `_` for everything between.

    >>> folded("GB/s"), folded("NVLink total (GB/s)")
    ('gb_s', 'nvlink_total_gb_s')
    """
    return re.sub(r"[^a-z0-9µ%]+", "_", text.lower()).strip("_")


def unit_of(dimension: str, text: str) -> Unit | None:
    """The unit that a text means in a dimension; None where it means none."""
    found = _TABLE[dimension].get(folded(text))
    return Unit(dimension, *found) if found else None


def required_unit(dimension: str, text: str, where: str) -> Unit:
    """The unit that a text means. Raises BadInput where it is none of the dimension."""
    found = unit_of(dimension, text)
    if found is None:
        known = sorted({shown for _, shown in _TABLE[dimension].values() if shown})
        raise BadInput(f"'{text}' is no unit of {dimension}", where=where, hint=f"write one of {', '.join(known)}")
    return found
