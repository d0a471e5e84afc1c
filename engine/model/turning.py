"""What an answer says of the value of an assumption at which its verdict turns."""

from __future__ import annotations

from .fact import Scalar
from .quantity import number

UNTRIED = ", which was not tried"
"""Behind a value that a rule names as one that may turn the verdict: no answer was worked out for it."""
STAYS = "no value tried turns the verdict"
UNASKED = "no other value was tried"


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
