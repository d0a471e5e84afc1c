"""What all tests share: the knowledge, read once."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from engine.reading import Knowledge, load_knowledge

settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

gc.set_threshold(50_000, 20, 50)  # what the tests keep is large: looking through it seldom is enough


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    """A command run within this process stops collecting, for it expects to be the process's last work."""
    yield
    gc.enable()


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()
