"""Documents as text, JSON, Markdown, HTML and JUnit; no thinking here. A format is a function of kind and document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["FORMATS"]

Document = Mapping[str, Any]


def _of(module: str, function: str) -> Callable[..., str]:
    """A format whose module is imported when it is asked for."""

    def write(kind: str, document: Document, **settings: Any) -> str:
        return str(getattr(import_module(f".{module}", __name__), function)(kind, document, **settings))

    return write


FORMATS: dict[str, Callable[..., str]] = {
    "text": _of("pages", "text"),
    "json": _of("as_json", "text"),
    "markdown": _of("markdown", "text"),
    "junit": _of("junit", "junit"),
    "html": _of("html", "text"),
}
