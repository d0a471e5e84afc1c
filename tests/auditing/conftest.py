"""Claims to verdicts, without files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.auditing.audit import audit
from engine.auditing.claims import Claim
from engine.reading import Knowledge

Judge = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def judge(knowledge: Knowledge) -> Judge:
    def judged(contents: list[dict[str, Any]], source: str = "") -> list[dict[str, Any]]:
        claims = [Claim(f"c{n}", None, source, "", "", one, f"claims.yaml:{n}:1") for n, one in enumerate(contents)]
        rows: list[dict[str, Any]] = audit(claims, knowledge)["claims"]
        return rows

    return judged
