"""Sentences: filled in with values, and good for nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import KnowledgeError
from engine.inference import Fact
from engine.model.sentence import placeholders, render

GPU = Fact.of({"kind": "gpu", "key": "rtx_3090", "bandwidth": 936.2e9, "nvlink": True, "share": 0.1234567})


def test_values_are_filled_in() -> None:
    assert render("{gpu[key]} has {n} links: {gpu[nvlink]}", {"gpu": GPU}, {"n": 4}) == "rtx_3090 has 4 links: yes"
    assert render("{gpu[share]} {{of}} it", {"gpu": GPU}) == "0.123457 {of} it"


def test_the_formatter_decides_on_units() -> None:
    def formatter(value: Any, unit: str) -> str:
        return f"{value / 1e9:.0f} {unit}" if unit == "GB/s" else f"<{value}>"

    assert (
        render("{gpu[bandwidth]:GB/s}, {gpu[key]}, {t: ms}", {"gpu": GPU}, {"t": 1}, formatter)
        == "936 GB/s, <rtx_3090>, <1>"
    )


def test_what_is_not_known_says_so() -> None:
    assert render("{gpu[vram]} {cpu[x]} {t}", {"gpu": GPU}) == "unknown unknown unknown"
    assert render("{gpu[vram]}", {"gpu": GPU}, missing="?") == "?"


def test_values_are_not_templates_themselves() -> None:
    fact = Fact.of({"kind": "x", "a": "{gpu[key]} {0.__class__}"})
    assert render("{x[a]}", {"x": fact, "gpu": GPU}) == "{gpu[key]} {0.__class__}"


@pytest.mark.parametrize(
    "text",
    ["{gpu.__class__}", "{gpu[key].__class__}", "{gpu[key][0]}", "{gpu[key]!r}", "{}", "{0}", "{", "}", "{gpu[}",
     "{a:{b}}", "{gpu[__class__.x]}", "{gpu[key]:{n}}", "{n:>100000000!}"],
)  # fmt: skip
def test_tricks_are_refused(text: str) -> None:
    with pytest.raises(KnowledgeError):
        render(text, {"gpu": GPU}, {"n": 1})


def test_dunder_names_are_only_names() -> None:
    assert render("{gpu[__class__]} {__class__}", {"gpu": GPU}) == "unknown unknown"


def test_placeholders_are_listed() -> None:
    assert placeholders("{a[b]:GB} and {c}") == [("a", "b", "GB"), ("c", None, "")]


def test_a_listing_leaves_out_what_is_nought() -> None:
    text = "a step: <{a} for one; {b:s} for {n} more; {c} for none; {d} for what is not known>"
    assert placeholders(text)[2] == ("n", None, "")
    assert (
        render(text, {}, {"a": 0, "b": 0.03, "n": 2, "c": 0.0})
        == "a step: 0.03 s for 2 more, unknown for what is not known"
    )
    assert render("<{a}; {c} µs> and {a} < 3; {c} > 2", {}, {"a": 0, "c": 0}) == "nothing and 0 < 3; 0 > 2"
