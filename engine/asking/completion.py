"""What a shell may complete: keys of the knowledge, for options whose value is one."""

from __future__ import annotations

import re

MOST = 400
_COUNT = r"^(\d{1,3}x)?(.*)$"


def keys(kind: str, begun: str) -> list[str]:
    """Keys of a kind of knowledge that go on from what is typed; a count before it (`4x`) stays. Never fails."""
    from ..errors import RigwiseError
    from ..reading import load_knowledge

    try:
        entries = load_knowledge().entries.get(kind, {})
    except (RigwiseError, OSError):
        return []
    match = re.match(_COUNT, begun)
    count, word = (match[1] or "", match[2]) if match else ("", begun)
    folded = re.sub(r"[^a-z0-9]", "", word.lower())
    found = [key for key in sorted(entries) if key.replace("_", "").startswith(folded) or key.startswith(word)]
    if not found:
        found = [key for key in sorted(entries) if folded in key.replace("_", "")]
    return [f"{count}{key}" for key in found[:MOST]]
