"""One small question, searched once for all tests of this room."""

from __future__ import annotations

import pytest

from engine.reading import Knowledge
from engine.search.plan import Plan

QUESTION = {
    "model": "llama-3.1-70b", "users": 4, "decode": 15.0, "budget": 6000.0, "gpu": ["rtx_3090", "rtx_5090"],
    "slots": 4, "engine": ["vllm", "llama_cpp"],
}  # fmt: skip


@pytest.fixture(scope="session")
def plan(knowledge: Knowledge) -> Plan:
    return Plan(QUESTION, knowledge)
