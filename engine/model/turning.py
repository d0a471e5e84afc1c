"""What an answer says of the value of an assumption at which its verdict turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .fact import Scalar
from .quantity import number

UNTRIED = ", which was not tried"
"""Behind a value that a rule names as one that may turn the verdict: no answer was worked out for it."""
STAYS = "no value tried turns the verdict"
UNASKED = "no other value was tried"


def other_value(fact: Mapping[str, Any]) -> Scalar | None:
    """The value that the rule of an assumption names as one that may turn the verdict; None where it is that assumed.

    >>> other_value({"lanes": 8, "flips_at": 8}), other_value({"value": "ollama", "flips_at": "vllm"})
    (None, 'vllm')
    """
    named: Scalar | None = fact.get("flips_at")
    return None if named in (fact.get("value"), fact.get("lanes")) else named


def other(value: Scalar) -> str:
    """A value as it is told.

    >>> other(1000000), other("vllm")
    ('1,000,000', 'vllm')
    """
    return value if isinstance(value, str) else number(value)


def untried(value: Scalar) -> str:
    """That a value may turn the verdict.

    >>> untried("vllm")
    'vllm, which was not tried'
    """
    return f"{other(value)}{UNTRIED}"


def comes_first(value: Scalar, option: str) -> str:
    """That a value was tried, and what comes first with it.

    >>> comes_first("vllm", "run_replicas")
    'vllm: run_replicas comes first'
    """
    return f"{other(value)}: {option} comes first"
