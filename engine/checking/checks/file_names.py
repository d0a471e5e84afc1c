"""X203: the file's name is the entry's key, and must be a good one on every system."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..kinds import BY_KIND

_KEY = re.compile(r"[a-z0-9][a-z0-9_]*\Z")
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(10))}
)


def check(library: Library) -> Iterator[Diagnostic]:
    """Keys of lower-case letters, digits and `_`, none of them a device name of Windows, in folders that are known."""
    for document in library.asked():
        if document.kind not in BY_KIND:
            from ..nearest import did_you_mean

            hint = did_you_mean(document.kind, BY_KIND, f"known: {', '.join(BY_KIND)}")
            yield document.find("X204", f"no kind of knowledge is called `{document.kind}`", hint=hint)
        elif not _KEY.match(document.key):
            better = re.sub(r"[^a-z0-9]+", "_", document.key.lower()).strip("_")
            hint = f"rename it to {better}.yaml" if better else "use lower-case letters, digits and `_`"
            yield document.find("X203", f"`{document.key}` cannot be a key", hint=hint)
        elif document.key in _DEVICES:
            yield document.find("X203", f"`{document.key}` is a device on Windows and no file there", hint="rename it")
