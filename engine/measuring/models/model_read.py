"""A model as a file describes it: an entry in the form of knowledge/models, and what the file tells exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]


@dataclass(slots=True)
class TensorBytes:
    """Exact bytes of the weights [B], by part and by type.

    experts: all routed experts. head: of the output, or of the one matrix that is embedding and head. towers: of
    vision and audio, which are loaded and not read while decoding.
    """

    body: int = 0
    experts: int = 0
    head: int = 0
    embedding: int = 0
    towers: int = 0
    by_type: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.body + self.experts + self.head + self.embedding + self.towers

    def add(self, part: str, size: int, kind: str) -> None:
        """Count a tensor of `size` bytes [B] in its part and its type."""
        setattr(self, part, getattr(self, part) + size)
        self.by_type[kind] = self.by_type.get(kind, 0) + size


@dataclass(slots=True)
class ModelRead:
    """What was read of a model.

    entry: in the form of knowledge/models; a value that the file does not tell is absent.
    quantization: key of knowledge/quantizations that the file hints at, or None.
    strange: name of a declared quantization that is not known, so that no bytes can be counted; else None.
    bytes: exact sizes where the file lists its tensors, else None.
    stored: bytes of all weights by an index, where no tensor is listed [B]; else None.
    towers: parts for pictures and sound that the file names beside the language model.
    read, unread: what was understood, and what was not and is therefore left out.
    known: whether the architecture is one whose layers are known; else the shape alone makes it no known model.
    """

    entry: Entry
    quantization: str | None = None
    bytes: TensorBytes | None = None
    read: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    complete: bool = False
    known: bool = True
    strange: str | None = None
    stored: int | None = None
    towers: list[str] = field(default_factory=list)


def parameters_of(counts: Mapping[str, int], moe: Mapping[str, int] | None) -> dict[str, int]:
    """Parameters by part, of counts by the parts of `TensorBytes`: in all, and those that a token uses.

    Towers are left out: they are loaded, and not read while decoding. moe: experts, and experts of a token.
    """
    total = sum(count for part, count in counts.items() if part != "towers")
    parameters = {"total": total, "active": total, "embedding": counts["embedding"], "head": counts["head"]}
    if counts.get("experts") and moe:
        parameters["expert"] = counts["experts"]
        parameters["active"] = total - round(counts["experts"] * (1 - moe["experts_per_token"] / moe["experts"]))
    return parameters


NEEDED = ("layers", "hidden", "query_heads", "kv_heads", "head_dim", "vocabulary")


def lacking(entry: Entry) -> list[str]:
    """Values without which no estimate is possible."""
    return [name for name in NEEDED if name not in entry]


def without_gaps(values: dict[str, Any]) -> dict[str, Any]:
    """A mapping without its None values."""
    return {name: value for name, value in values.items() if value is not None}
