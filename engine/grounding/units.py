"""Unit suffixes of field names and their factors to SI: where YAML units become bytes, seconds and watts."""

from __future__ import annotations

import re

FACTORS: dict[str, float] = {
    "gbit_s": 1.25e8,
    "gb_s": 1e9,
    "mb_s": 1e6,
    "gib": 2.0**30,
    "mib": 2.0**20,
    "kib": 2.0**10,
    "gb": 1e9,
    "mb": 1e6,
    "tflops": 1e12,
    "tops": 1e12,
    "us": 1e-6,
    "ms": 1e-3,
    "mt_s": 1e6,
    "gt_s": 1e9,
    "w": 1.0,
    "usd": 1.0,
    "s": 1.0,
}
_UNIT = re.compile(r"^(?P<stem>.+?)_(?P<unit>" + "|".join(FACTORS) + r")(?P<rest>_per_direction)?$")


def to_si(name: str, value: object) -> tuple[str, object]:
    """Field name without its unit suffix, and the value in SI.

    >>> to_si("memory_bandwidth_gb_s", 936.2)
    ('memory_bandwidth', 936200000000.0)
    >>> to_si("nvlink_gb_s_per_direction", 56.25)
    ('nvlink_per_direction', 56250000000.0)
    >>> to_si("layers", 64)
    ('layers', 64)
    """
    found = _UNIT.match(name)
    if found is None or isinstance(value, bool):
        return name, value
    stem = found["stem"] + (found["rest"] or "")
    if not isinstance(value, int | float):
        return stem, value
    factor = FACTORS[found["unit"]]
    return stem, value if factor == 1.0 else value * factor
