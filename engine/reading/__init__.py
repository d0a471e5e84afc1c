"""YAML text to values that know their file, line and column; the knowledge as a whole; overlays; the compiled copy.

What needs the YAML reader is imported when it is first asked for: a command that finds the compiled copy does not.
"""

from typing import TYPE_CHECKING, Any

from .documents import read_document
from .knowledge import Knowledge, Value, load_knowledge, value_at
from .limits import Limits
from .place import Map, Place, Seq, plain, where

if TYPE_CHECKING:
    from .yaml_text import parse, read_yaml

__all__ = [
    "Knowledge",
    "Limits",
    "Map",
    "Place",
    "Seq",
    "Value",
    "load_knowledge",
    "parse",
    "plain",
    "read_document",
    "read_yaml",
    "value_at",
    "where",
]


def __getattr__(name: str) -> Any:
    if name in ("parse", "read_yaml"):
        from . import yaml_text

        return getattr(yaml_text, name)
    raise AttributeError(name)
