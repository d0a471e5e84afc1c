"""What a matcher is, and which there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from ..errors import BadInput
from ..model.fact import Fact
from .ruleset import RuleSet

Match = tuple[int, tuple[int, ...]]
"""(index of the rule, numbers of the facts in the order of its patterns)"""


class Session(Protocol):
    """Some rules at work. Facts go in by number, each once; matches come out, each once."""

    def add(self, facts: Iterable[tuple[int, Fact]]) -> None:
        """Tell the engine of facts."""

    def matches(self) -> list[Match]:
        """All matches that are new since the last call."""

    def close(self) -> None:
        """Free what the engine holds."""


class Matcher(Protocol):
    """One engine, for one inference."""

    @property
    def most_patterns(self) -> int:
        """How many patterns of one kind a session may have."""

    def open(self, rules: Sequence[int]) -> Session:
        """Start the rules of these indices."""


MODULES = {"durable": ("durable_rules_engine", "durable_rules"), "clips": ("clips", "clipspy")}
"""matcher: (module it needs, package that brings it)"""


def default_matcher() -> str:
    """`durable` where its engine imports, otherwise `clips`."""
    return "durable" if _imports("durable_rules_engine") else "clips"


def open_matcher(name: str, rules: RuleSet) -> Matcher:
    """Start a matcher by name. Raises BadInput for an unknown one and for one that is not installed."""
    if name not in MODULES:
        raise BadInput(f"unknown matcher '{name}'", hint=f"use one of {', '.join(MODULES)}")
    module, package = MODULES[name]
    if not _imports(module):
        raise BadInput(
            f"the matcher '{name}' needs the module {module}, which does not import here",
            hint=f"install the package {package}, or use --matcher {_other(name)}",
        )
    return import_module(f".{name}", __package__).open_matcher(rules)  # type: ignore[no-any-return]


def _imports(module: str) -> bool:
    try:
        if find_spec(module) is None:
            return False
        import_module(module)
    except (ImportError, ValueError):
        return False
    return True


def _other(name: str) -> str:
    return "clips" if name == "durable" else "durable"
