"""The commands, one file each: what it says of itself, what it takes, what it runs. No click in here."""

from __future__ import annotations

from importlib import import_module

from ...errors import UnknownName
from ..parameters import Command

# Command to module, in the order in which help lists them.
SECTIONS: dict[str, dict[str, str]] = {
    "Ask": {
        "recommend": "recommend",
        "batch": "batch",
        "estimate": "estimate",
        "why": "why",
        "why-not": "why_not",
        "plan": "plan",
        "what-if": "what_if",
        "flip": "flip",
        "verify": "verify",
    },
    "Measure": {
        "detect": "detect",
        "doctor": "doctor",
        "ingest": "ingest",
        "calibrate": "calibrate",
        "backtest": "backtest",
    },
    "Read and edit the knowledge": {
        "list": "list_entries",
        "show": "show",
        "search": "search",
        "rule": "rule",
        "add": "add",
        "validate": "validate",
        "test": "test",
        "explain": "explain",
        "diff": "diff",
        "audit": "audit",
    },
}
MODULES = {name: module for section in SECTIONS.values() for name, module in section.items()}


def load(name: str) -> Command:
    """The command of a name; only its own module is imported. Raises UnknownName."""
    if name not in MODULES:
        raise UnknownName("command", name, [])
    found: Command = import_module(f".{MODULES[name]}", __name__).COMMAND
    return found
