"""Documents as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def text(kind: str, document: Mapping[str, Any], **_: Any) -> str:
    """The document itself; NaN and infinities are faults."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
