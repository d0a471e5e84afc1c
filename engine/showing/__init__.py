"""Documents as text, JSON, Markdown and JUnit; no thinking here. A format is a function of kind and document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import as_json, markdown, pages, trials

__all__ = ["FORMATS"]

FORMATS: dict[str, Callable[..., str]] = {
    "text": pages.text,
    "json": as_json.text,
    "markdown": markdown.text,
    "junit": trials.junit,
}

Document = Mapping[str, Any]
