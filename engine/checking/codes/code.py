"""What a code of a finding stands for."""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """name: short, with hyphens. level: `error` fails, `warning` only with --strict. what: one sentence. why: the harm.

    bad, good: an example each. since: version of rigwise that introduced it.
    """

    code: str
    name: str
    level: str
    what: str
    why: str
    bad: str
    good: str
    since: str = "0.1"
