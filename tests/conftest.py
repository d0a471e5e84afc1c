"""What all tests share: the knowledge, read once."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from engine.reading import Knowledge, load_knowledge

settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()
