"""Documents as text, JSON and Markdown; no thinking here. A format is a function of a document's kind and content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import as_json, markdown, pages

__all__ = ["FORMATS"]

FORMATS: dict[str, Callable[..., str]] = {
    "text": pages.text,
    "json": as_json.text,
    "markdown": markdown.text,
}

Document = Mapping[str, Any]
