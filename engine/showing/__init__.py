"""Documents as text, JSON, Markdown, HTML and JUnit; no thinking here. A format is a function of kind and document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import as_json, markdown, pages, trials

__all__ = ["FORMATS"]


def _html(kind: str, document: Mapping[str, Any], **settings: Any) -> str:
    """As HTML; its templates are looked at only when asked for."""
    from . import html

    return html.text(kind, document, **settings)


FORMATS: dict[str, Callable[..., str]] = {
    "text": pages.text,
    "json": as_json.text,
    "markdown": markdown.text,
    "junit": trials.junit,
    "html": _html,
}

Document = Mapping[str, Any]
