"""Properties of the reader: equal to PyYAML on ordinary documents, exact places, never an exception of another kind."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reading import Map, Seq, parse, plain, where
from engine.reading.parsers import FAST, PURE

SOAK = int(os.environ.get("RIGWISE_SOAK", "0"))
ROOT = Path(__file__).resolve().parents[2]
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs")), max_size=12
)
KEYS = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    KEYS,
    st.from_regex(r"[A-Za-z0-9 .,/x+-]{1,14}", fullmatch=True).map(str.strip),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=20,
)


def documents() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(KEYS, TREES, min_size=1, max_size=5)


@settings(max_examples=150 + SOAK)
@given(documents(), st.sampled_from([True, False, None]), st.integers(2, 5))
def test_equal_to_pyyaml(tree: dict[str, Any], flow: bool | None, indent: int) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, indent=indent, sort_keys=False)
    node, problems = parse(text, "x.yaml")
    if any(one.code in ("Y010", "Y012", "Y004") for one in problems):
        return
    assert problems == []
    assert plain(node) == yaml.safe_load(text) == tree


@settings(max_examples=100 + SOAK)
@given(documents(), st.sampled_from([True, False, None]))
def test_places_point_at_the_text(tree: dict[str, Any], flow: bool | None) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    node, _ = parse(text, "x.yaml")
    lines = text.split("\n")
    for path, value in leaves(node):
        place = where(node, path)
        written = lines[place.line - 1][place.column - 1 : place.end_column - 1]
        if path and isinstance(path[-1], str):
            key = where(node, path, on_key=True)
            name = lines[key.line - 1][key.column - 1 : key.end_column - 1]
            assert name.strip("'\"") == path[-1]
        if (
            isinstance(value, int | str)
            and not isinstance(value, bool)
            and written[:1] not in ("'", '"', "|", ">", "?")
        ):
            assert str(value).startswith(written) or written == str(value), (path, written, value)


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Any:
    items = node.items() if isinstance(node, Map) else enumerate(node) if isinstance(node, Seq) else ()
    for name, value in items:
        if isinstance(value, Map | Seq):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


@settings(max_examples=200 + 10 * SOAK)
@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    node, problems = parse(raw, "x.yaml")
    assert problems or node is not None


GRAMMAR = [
    "a",
    "b: ",
    ": ",
    "- ",
    "\n",
    "  ",
    "    ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "'",
    '"',
    "|\n",
    ">\n",
    "&x ",
    "*x",
    "!!t ",
    "#c",
    "---\n",
    "...\n",
    "? ",
    "1",
    "no",
    "\\",
    "%",
    "@",
    "`",
    "~",
    "<<: ",
    "\t",
    "\r\n",
    "é",
    "\u200b",
    "\x00",
    "=",
    "_",
    "0",
]


@settings(max_examples=300 + 20 * SOAK)
@given(st.lists(st.sampled_from(GRAMMAR), max_size=40).map("".join))
def test_any_mixture_of_yaml(text: str) -> None:
    node, problems = parse(text, "x.yaml")
    assert problems or node is not None
    assert all(one.place.line >= 1 and one.place.column >= 1 for one in problems)


@pytest.mark.skipif(FAST is PURE, reason="PyYAML without libyaml")
@settings(max_examples=200 + 5 * SOAK)
@given(st.lists(st.sampled_from(GRAMMAR), max_size=30).map("".join))
def test_both_parsers_agree(text: str) -> None:
    from engine.reading import parsers

    fast = parse(text, "x.yaml")
    parsers.FAST, kept = PURE, parsers.FAST
    try:
        pure = parse(text, "x.yaml")
    finally:
        parsers.FAST = kept
    if fast[1] or not pure[1]:
        assert plain(fast[0]) == plain(pure[0]) or fast[1]
        assert [one.code for one in fast[1]] == [one.code for one in pure[1]]


def test_mutated_knowledge_never_crashes() -> None:
    chance = random.Random(7)
    files = sorted((ROOT / "knowledge").rglob("*.yaml"))
    for _ in range(300 + 5 * SOAK):
        raw = bytearray(chance.choice(files).read_bytes()[:3000])
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(raw) + 1)
            choice = chance.randrange(3)
            if choice == 0:
                raw[at : at + chance.randint(1, 9)] = b""
            elif choice == 1:
                raw[at:at] = chance.choice(
                    [b"\t", b": ", b"\n", b"[", b"}", b'"', b"&a ", b"\xff", b"\x00", b"  ", b"- "]
                )
            elif raw:
                raw[min(at, len(raw) - 1)] = chance.randrange(256)
        node, problems = parse(bytes(raw), "x.yaml")
        assert problems or node is not None
