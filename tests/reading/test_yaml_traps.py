"""Every trap of YAML that readers fall into: refused with code, line, column and a hint, never with a traceback."""

from __future__ import annotations

import time
from typing import Any

import pytest

from engine.reading import parse, read_yaml
from engine.reading.diagnostic import ReadingErrors
from engine.reading.parsers import FAST, PURE
from engine.reading.yaml_text import Limits

TRAPS: list[tuple[str | bytes, list[tuple[str, int, int]]]] = [
    ("a: 1\nb: 2\na: 3\n", [("Y011", 3, 1)]),
    ("x: {a: 1, a: 2}", [("Y011", 1, 11)]),
    ("a: no\nb: [yes, on, Off]", [("Y010", 1, 4), ("Y010", 2, 5), ("Y010", 2, 10), ("Y010", 2, 14)]),
    ("a: y", [("Y010", 1, 4)]),
    ("a: 010", [("Y010", 1, 4)]),
    ("a: 1:30\nb: 12:30:45", [("Y010", 1, 4), ("Y010", 2, 4)]),
    ("a: 1_000\nb: 1,008", [("Y010", 1, 4), ("Y010", 2, 4)]),
    ("a: 0x1F\nb: 0o10\nc: 0b11", [("Y010", 1, 4), ("Y010", 2, 4), ("Y010", 3, 4)]),
    ("a: .nan\nb: .inf\nc: -.Inf", [("Y010", 1, 4), ("Y010", 2, 4), ("Y010", 3, 4)]),
    ("a: 1e999", [("Y010", 1, 4)]),
    ("a: " + "9" * 5000, [("Y010", 1, 4)]),
    ("a: 9223372036854775808", [("Y010", 1, 4)]),
    ("a: =", [("Y010", 1, 4)]),
    ("yes: 1", [("Y012", 1, 1)]),
    ("1: a\nyes: b", [("Y012", 1, 1), ("Y012", 2, 1)]),
    ("2022-01-01: 1", [("Y012", 1, 1)]),
    ("8.9: 1", [("Y012", 1, 1)]),
    ("? [a, b]\n: c", [("Y012", 1, 3)]),
    ("{a: 1}: 2", [("Y012", 1, 1)]),
    ("a: &x 1\nb: *x", [("Y014", 1, 4), ("Y014", 2, 4)]),
    ("a: &a [1]\nb:\n  <<: *a", [("Y014", 1, 4), ("Y014", 3, 3), ("Y014", 3, 7)]),
    ("a: " + "[" * 1000, [("Y015", 1, 35)]),
    ("a: " + "[" * 100_000, [("Y015", 1, 35)]),
    ("a:\t1", [("Y005", 1, 3)]),
    ("a: 1\n\tb: 2", [("Y005", 2, 1)]),
    ("a: 1\n\ufeffb: 2", [("Y002", 2, 1)]),
    ('a: "\\ud83d"', [("Y004", 1, 4)]),
    ('a: "\\u202e"', [("Y004", 1, 4)]),
    ('a: "\\0"', [("Y004", 1, 4)]),
    ("a: \x00", [("Y004", 1, 4)]),
    ("a: 1\n# \x07", [("Y004", 2, 3)]),
    (b"a: \xff b\nc: \xc3", [("Y003", 1, 4), ("Y003", 2, 4)]),
    (b"\xed\xa0\x80: 1", [("Y003", 1, 1)]),
    ("a: 1".encode("utf-16"), [("Y003", 1, 1)]),
    ("a: 1".encode("utf-32"), [("Y003", 1, 1)]),
    ("a: 1".encode("utf-16-le"), [("Y004", 1, 2), ("Y004", 1, 4), ("Y004", 1, 6), ("Y004", 1, 8)]),
    ("a: !!python/object/apply:os.system [x]", [("Y013", 1, 4)]),
    ("a: !!set {x}\nb: !!binary aGk=\nc: !x y", [("Y013", 1, 4), ("Y013", 2, 4), ("Y013", 3, 4)]),
    ("%YAML 1.1\n---\na: 1", [("Y013", 1, 1)]),
    ("", [("Y019", 1, 1)]),
    ("# only a comment\n", [("Y019", 1, 1)]),
    ("a: 1\n---\nb: 2", [("Y016", 2, 1)]),
    ("a:\u00a01", [("Y004", 1, 3)]),
    ("a\u200b: 1", [("Y004", 1, 2)]),
    ("a: \u202eb", [("Y004", 1, 4)]),
    ("a: 1\rb: 2", [("Y004", 1, 5)]),
    ("a: x\u2028b: 2", [("Y004", 1, 5)]),
    ("a: 1\u0085b: 2", [("Y004", 1, 5)]),
    ('a: "foo\nb: 1\n', [("Y001", 1, 4)]),
    ("a: [1, 2\nb: 3", [("Y001", 2, 2)]),
    ("a: b: c", [("Y001", 1, 5)]),
    ("a: @foo", [("Y001", 1, 4)]),
    ("a:\n   b: 1\n  c: 2", [("Y001", 3, 3)]),
]


@pytest.mark.parametrize(("text", "expected"), TRAPS, ids=lambda value: repr(value)[:40])
def test_trap(text: str | bytes, expected: list[tuple[str, int, int]]) -> None:
    started = time.process_time()
    _, problems = parse(text, "trap.yaml")
    assert [(one.code, one.place.line, one.place.column) for one in problems] == expected
    assert all(one.hint and one.message for one in problems)
    assert all(one.place.end_column > one.place.column for one in problems)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("1.0e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0", 0),
        ("+5", 5),
        ("9223372036854775807", 2**63 - 1),
        ("2022-10-12", "2022-10-12"),
        ("2022-13-45", "2022-13-45"),
        ("12.10", 12.1),
        ("~", None),
        ("null", None),
        ("", None),
        ("TRUE", True),
        ('"no"', "no"),
        ("'010'", "010"),
        ("nothing", "nothing"),
        ("none", "none"),
        ("1.2.3", "1.2.3"),
        ("x86", "x86"),
        ("-", None),
    ],
)
def test_plain_values(text: str, value: Any) -> None:
    if text == "-":
        assert read_yaml("a:\n -") == {"a": [None]}
        return
    found = read_yaml(f"a: {text}")["a"]
    assert found == value and type(found) is type(value)


def test_all_problems_at_once() -> None:
    with pytest.raises(ReadingErrors) as caught:
        read_yaml("a: no\nb: 1\nb: 2\nc: &x 3\n1: d", "many.yaml")
    assert [one.code for one in caught.value.diagnostics] == ["Y010", "Y011", "Y014", "Y012"]
    assert "and 3 more problems" in str(caught.value) and "many.yaml:1:4" in str(caught.value)


def test_a_duplicate_names_the_first_line() -> None:
    _, problems = parse("tdp: 1\nx: 2\ntdp: 3", "a.yaml")
    assert "line 1" in problems[0].message and problems[0].notes[0].place.line == 1


def test_windows_files_read() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1\r\nb: [x, z]\r\n") == {"a": 1, "b": ["x", "z"]}


def test_billion_laughs_is_quick() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)
    )
    started = time.process_time()
    _, problems = parse(bomb, "bomb.yaml")
    assert time.process_time() - started < 0.25
    assert {one.code for one in problems} == {"Y014"}


@pytest.mark.parametrize(
    "text",
    ["a: " + "x" * 1_000_000, "\n".join(f"k{n}: {n}" for n in range(60_000)), "- " * 500_000, "{" * 1_000_000,
     "? " * 400_000, "a: '" + "''" * 500_000, "[]\n" * 300_000, "&a " * 300_000, '"' * 1_000_001],
    ids=["long", "flat", "dashes", "braces", "questions", "quotes", "many", "anchors", "double"],
)  # fmt: skip
def test_large_inputs_end_in_time(text: str) -> None:
    started = time.process_time()
    parse(text, "large.yaml")
    assert time.process_time() - started < 4


def test_limits() -> None:
    _, problems = parse("[" + "1," * 50 + "]", "x", Limits(nodes=20))
    assert [one.code for one in problems] == ["Y017"]
    _, problems = parse("a: " + "x" * 200, "x", Limits(bytes=100))
    assert [one.code for one in problems] == ["Y018"]
    _, problems = parse("\n".join(f"k{n}: no" for n in range(500)), "x", Limits(problems=30))
    assert len(problems) == 30


@pytest.mark.skipif(FAST is PURE, reason="PyYAML without libyaml")
@pytest.mark.parametrize(("text", "expected"), TRAPS, ids=lambda value: repr(value)[:40])
def test_the_pure_parser_finds_the_same(
    text: str | bytes, expected: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = parse(text, "x")[1]
    monkeypatch.setattr("engine.reading.parsers.FAST", PURE)
    assert parse(text, "x")[1] == fast
