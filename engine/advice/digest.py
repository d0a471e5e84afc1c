"""A digest over a whole answer: one figure that no longer fits when anything in the document was changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of an answer as JSON with sorted names, without its own `digest`.

    >>> digest_of({"a": 1.0, "b": [True]}) == digest_of({"b": [True], "a": 1.0, "digest": "sha256:0"})
    True
    """
    told = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=dict)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
