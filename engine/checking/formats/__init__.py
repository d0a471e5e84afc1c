"""Renderings of a report, one file a format; FORMATS is the list."""

from __future__ import annotations

from collections.abc import Callable

from .as_json import render_json
from .github import render_github
from .junit import render_junit
from .rdjson import render_rdjson
from .sarif import render_sarif
from .text import render_text

FORMATS: dict[str, Callable[..., str]] = {
    "text": render_text,
    "json": render_json,
    "github": render_github,
    "sarif": render_sarif,
    "rdjson": render_rdjson,
    "junit": render_junit,
}
