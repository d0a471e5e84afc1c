"""`calibration.yaml` as text: one line for each constant, numbers with four digits, the same bytes for the same fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

HEAD = """\
# yaml-language-server: $schema={schema}
# Constants of the cost model, written by `rigwise calibrate`. `free` are those that are fitted: what is
# believed of them before the data (prior, standard deviation of its logarithm), what came out, and on how many rows.
# `constants` are what the rules read: fitted ones with `_sd` beside them; one without was set, not fitted.
# `measured` are the kinds of setup that were measured: an answer about another kind is less sure.
"""
LISTS = ("measured", "free", "scatter", "constants")


def text_of(calibration: Mapping[str, Any], schema: str = "../schemas/calibration.schema.json") -> str:
    """The file."""
    return HEAD.format(schema=schema) + "".join(f"{line}\n" for line in _lines(calibration))


def _lines(calibration: Mapping[str, Any]) -> Iterator[str]:
    for name, value in calibration.items():
        if name in LISTS:
            yield f"{name}:"
            yield from (f"  - {spelled(entry)}" for entry in value)
        else:
            yield f"{name}: {spelled(value, quoted=True)}"


def spelled(value: Any, quoted: bool = False) -> str:
    """A value on one line of YAML. quoted: texts in quotation marks, as those with spaces have to be."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {spelled(one, quoted)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(spelled, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    return f'"{value}"' if isinstance(value, str) and quoted else str(value)


def _number(value: float) -> str:
    """Four digits, as YAML reads them back: a point before the exponent."""
    text = repr(float(f"{value:.4g}"))
    mantissa, mark, exponent = text.partition("e")
    return mantissa + ("" if "." in mantissa or not mark else ".0") + mark + exponent
