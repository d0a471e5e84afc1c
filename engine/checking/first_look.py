"""A file by itself: what it says, and what is wrong with its text, its shape and its sense. Needs no other file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..cores import WORTH_IT, each
from ..reading.diagnostic import Diagnostic
from ..reading.image import read_document
from ..reading.layers import Source
from .document import Document
from .sense import check_sense
from .shape import check_shape


class Look(NamedTuple):
    """The tree and the findings of each layer. sense: None where it was not asked for, or the shape is not sound."""

    node: Any
    reading: list[Diagnostic]
    shape: list[Diagnostic]
    sense: list[Diagnostic] | None


def looks(files: Sequence[tuple[Source, bool]]) -> Iterator[Look]:
    """One for each file, in order. Each file comes with whether findings about it are wanted."""
    return each(look, files) if len(files) >= WORTH_IT else map(look, files)


def look(file: tuple[Source, bool]) -> Look:
    """What can be told of one file."""
    source, asked = file
    node, reading = read_document(source)
    if node is None:
        return Look(None, reading, [], None)
    document = Document(source.kind, source.key, source.file, source.path, node, decoded(source), asked=asked)
    shape = check_shape(document)
    return Look(node, reading, shape, None if reading or shape or not asked else check_sense(document))


def decoded(source: Source) -> str:
    """The text of a file, bytes that are not UTF-8 kept as they are."""
    return source.raw.decode("utf-8", "surrogateescape")
