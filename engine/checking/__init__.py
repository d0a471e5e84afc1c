"""Checks on knowledge and on what users ask: reading, shape, sense, references, plausibility, rules, freshness.

Names are imported when they are first asked for: reading a scenario needs none of the validators.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .codes import CODES, all_pages, explain
    from .fixing import fix
    from .formats import FORMATS
    from .pipeline import Report, level, validate
    from .scenario import read_scenario

_HOMES = {
    "CODES": "codes",
    "all_pages": "codes",
    "explain": "codes",
    "fix": "fixing",
    "FORMATS": "formats",
    "Report": "pipeline",
    "level": "pipeline",
    "validate": "pipeline",
    "read_scenario": "scenario",
}
__all__ = ["CODES", "FORMATS", "Report", "all_pages", "explain", "fix", "level", "read_scenario", "validate"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(name)
