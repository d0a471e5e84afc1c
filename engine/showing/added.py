"""What `add` wrote, or why it did not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .paper import Paper


def page(document: Mapping[str, Any], paper: Paper) -> str:
    """The files with their text, then what the check found."""
    lines: list[str] = []
    for file in document["files"]:
        done = "wrote" if document["written"] else "would write"
        lines += [
            paper.style(f"{done} {file['path']}", "head"),
            *(f"  {line}" for line in file["text"].rstrip().split("\n")[-40:]),
        ]
    for name in ("errors", "warnings"):
        for one in document[name]:
            lines += paper.wrap(f"{name[:-1]} {one['code']}: {one['message']}", indent=2, first=0)
            lines += paper.wrap(f"{one['place']}  {one['hint']}", indent=4)
    if document["errors"]:
        lines.append("Nothing was written.")
    else:
        lines.append("Checked: no error." + ("" if document["written"] else " Nothing was written."))
    return "\n".join(lines)
