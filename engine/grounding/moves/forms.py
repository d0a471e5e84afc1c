"""The form of a step: a scenario, an argument and the entries in, labelled changed scenarios out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..scenario import Scenario

Entries = Mapping[str, Mapping[str, Mapping[str, Any]]]
Variant = tuple[str, Scenario]
Move = Callable[[Scenario, Any, Entries], Iterator[Variant]]
