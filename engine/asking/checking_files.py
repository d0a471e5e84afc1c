"""`validate` as every command asks for it: the checks on files of knowledge, those on claims included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..paths import KNOWLEDGE

if TYPE_CHECKING:
    from ..checking import Report


def checked_files(
    paths: Sequence[Path],
    *,
    overlays: Sequence[Path] = (),
    base: Path = KNOWLEDGE,
    before: Callable[[Path], bytes | None] | None = None,
) -> Report:
    """The report on files. Raises BadInput as `validate` does."""
    from ..auditing.faults import claim_check
    from ..checking.pipeline import directories, validate
    from ..reading import load_knowledge

    layers = [root for root in directories(paths, overlays, base) if root.absolute() != base.absolute()]
    further = [claim_check(lambda: load_knowledge(layers, base))]
    return validate(paths, overlays=overlays, base=base, before=before, further=further)
