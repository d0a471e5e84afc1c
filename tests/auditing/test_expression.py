"""Arithmetic as people write it is worked out; anything else is refused, quickly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.auditing.expression import worked_out
from engine.errors import BadInput


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("4 * 936", 3744),
        ("4 × 1,800", 7200),
        ("4 x 1800", 7200),
        ("2(3)", None),
        ("40 / 936", 40 / 936),
        ("(1,008 - 936) / 936 * 100", (1008 - 936) / 936 * 100),
        ("-3 + +5", 2),
        ("7 // 2", 3),
        ("40 % 6", 4),
        ("40 % 6 == 0", False),
        ("64 % 8 == 0", True),
        ("2 ** 10", 1024),
        ("2^10", 1024),
        ("2 ** -1", 0.5),
        ("$12,000 − $2,800", 9200),
        ("1e3 * 2", 2000),
    ],
)
def test_arithmetic(expression: str, value: float | bool | None) -> None:
    if value is None:
        with pytest.raises(BadInput):
            worked_out(expression)
        return
    found = worked_out(expression)
    assert found == value and isinstance(found, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')", "open('/etc/passwd')", "a + 1", "[1]", "(1).real", "1 if 1 else 2",
        "lambda: 1", "9 ** 9 ** 9", "10 ** 400", "9" * 201, "1 / 0", "1 % 0", "1e308 * 1e308", "(-8) ** 0.5",
        "1 < 2 < 3",
        "(1 < 2) + 1", "True + 1", "'a' * 1000000", "", "((((", "1 +", "0x10 | 1", "~1", "not 1", "1 and 2", "1j * 1j",
        "\x00", "1;2", "f'{1}'", "9e999", "2 ** 2 ** 2 ** 2 ** 2 ** 2",
    ],
)  # fmt: skip
def test_no_arithmetic(expression: str) -> None:
    with pytest.raises(BadInput):
        worked_out(expression)


@given(st.text(alphabet="0123456789+-*/%(). <>=^xe×,", max_size=60))
def test_never_anything_but_a_number_or_a_refusal(expression: str) -> None:
    try:
        found = worked_out(expression)
    except BadInput:
        return
    assert isinstance(found, bool | int | float) and abs(found) <= 1e30
