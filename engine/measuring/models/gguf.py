"""The header of a GGUF file: metadata and tensor list, no weights. Bounded: a hostile header is refused, not believed.

Source: ggml docs/gguf.md (versions 1 to 3).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import BadInput
from .ggml_types import TYPES

MOST_KEYS = 65_536
MOST_TENSORS = 1_000_000
MOST_HEADER = 512 * 1024 * 1024
MOST_STRING = 16 * 1024 * 1024
MOST_ELEMENTS = 16 * 1024 * 1024
KEPT_ELEMENTS = 4096
MOST_DIMENSIONS = 8
_CHUNK = 4 * 1024 * 1024
_FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_SHARD = re.compile(r"^(.*)-(\d{5})-of-(\d{5})\.gguf$")


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: name, dimensions, type and bytes [B]. `size` is None where the type is not known."""

    name: str
    shape: tuple[int, ...]
    type: str
    size: int | None
    offset: int = 0

    @property
    def elements(self) -> int:
        count = 1
        for dimension in self.shape:
            count *= dimension
        return count


@dataclass(slots=True)
class Header:
    """Metadata and tensors. `lengths`: of arrays too long to keep. `lost`: bytes of weights that a file which holds
    some of them ends before; none are missed where it holds the header alone."""

    version: int
    metadata: dict[str, Any] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    tensors: list[Tensor] = field(default_factory=list)
    shards_read: int = 1
    lost: int = 0

    @property
    def shards(self) -> int:
        """Files that the model is split into."""
        count = self.metadata.get("split.count")
        return count if isinstance(count, int) and not isinstance(count, bool) and count > 1 else 1

    @property
    def missing(self) -> int:
        """Tensors that other files hold, by the count of the whole; 0 where the file does not tell."""
        count = self.metadata.get("split.tensors.count")
        told = isinstance(count, int) and not isinstance(count, bool)
        return max(count - len(self.tensors), 0) if told and isinstance(count, int) else 0


def read_header(path: Path) -> Header:
    """Header of a GGUF file, and of the other shards beside it. Raises BadInput on anything that is no sound header."""
    header = _read_one(path)
    match = _SHARD.match(path.name)
    if match is None or int(match[3]) < 2:
        return header
    for shard in range(1, min(int(match[3]), 1000) + 1):
        other = path.with_name(f"{match[1]}-{shard:05d}-of-{match[3]}.gguf")
        if other != path and other.is_file():
            more = _read_one(other)
            header.metadata = (
                {**more.metadata, **header.metadata} if shard > int(match[2]) else {**header.metadata, **more.metadata}
            )
            header.lengths |= more.lengths
            header.tensors += more.tensors
            header.lost += more.lost
            header.shards_read += 1
    return header


def _read_one(path: Path) -> Header:
    try:
        size = path.stat().st_size
        with path.open("rb") as opened:
            return _Reader(opened, size, str(path)).header()
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror}", where=str(path)) from error


class _Reader:
    """Reads forward through a header, and never past the file, the header limit or a count's limit."""

    def __init__(self, opened: BinaryIO, size: int, where: str) -> None:
        self.opened, self.size, self.where = opened, size, where
        self.data = bytearray()
        self.at = 0
        self.order = "<"
        self.wide = True

    def bad(self, what: str) -> BadInput:
        return BadInput(f"no sound GGUF header: {what}", where=f"{self.where}, byte {self.at}")

    def need(self, count: int) -> int:
        """Make `count` bytes available and step over them; the position they begin at."""
        end = self.at + count
        if end > self.size:
            raise self.bad(f"{count} bytes are announced, the file has {self.size - self.at} left")
        if end > MOST_HEADER:
            raise self.bad(f"a header of more than {MOST_HEADER} bytes")
        while len(self.data) < end:
            chunk = self.opened.read(max(_CHUNK, end - len(self.data)))
            if not chunk:
                raise self.bad("the file ends inside its header")
            self.data += chunk
        start, self.at = self.at, end
        return start

    def fixed(self, code: str) -> Any:
        return struct.unpack_from(self.order + code, self.data, self.need(struct.calcsize(self.order + code)))[0]

    def count(self, most: int, what: str) -> int:
        value = int(self.fixed("Q" if self.wide else "I"))
        if value > most:
            raise self.bad(f"{value} {what}; at most {most} are read")
        return value

    def string(self) -> str:
        length = self.count(MOST_STRING, "bytes in one string")
        start = self.need(length)
        return self.data[start : start + length].decode("utf-8", errors="replace")

    def header(self) -> Header:
        if self.size < 24 or self.data_at(4) != b"GGUF":
            raise self.bad(f"it begins with {bytes(self.data[:4])!r}, not with b'GGUF'")
        version = int(self.fixed("I"))
        if version & 0xFFFF == 0 and version:
            self.order, version = ">", int.from_bytes(version.to_bytes(4, "little"), "big")
        if version not in {1, 2, 3}:
            raise self.bad(f"version {version}; 1 to 3 are known")
        self.wide = version > 1
        found = Header(version)
        tensors = self.count(MOST_TENSORS, "tensors")
        for _ in range(self.count(MOST_KEYS, "metadata keys")):
            self.pair(found)
        found.tensors = self.tensors(tensors, found)
        return found

    def data_at(self, count: int) -> bytes:
        start = self.need(count)
        return bytes(self.data[start : start + count])

    def pair(self, found: Header) -> None:
        key, kind = self.string(), int(self.fixed("I"))
        if kind in _FIXED:
            found.metadata[key] = self.fixed(_FIXED[kind])
        elif kind == _STRING:
            found.metadata[key] = self.string()
        elif kind == _ARRAY:
            values, length = self.array(0)
            found.lengths[key] = length
            if values is not None:
                found.metadata[key] = values
        else:
            raise self.bad(f"value type {kind} of key {key[:60]!r}")

    def array(self, depth: int) -> tuple[list[Any] | None, int]:
        kind, length = int(self.fixed("I")), self.count(MOST_ELEMENTS, "elements in one array")
        if kind in _FIXED:
            code = _FIXED[kind]
            start = self.need(length * struct.calcsize(code))
            if length > KEPT_ELEMENTS:
                return None, length
            return list(struct.unpack_from(f"{self.order}{length}{code}", self.data, start)), length
        if kind == _STRING:
            kept = [self.string() for _ in range(length)] if length <= KEPT_ELEMENTS else None
            if kept is None:
                self.skip_strings(length)
            return kept, length
        if kind == _ARRAY and depth < 2 and length <= KEPT_ELEMENTS:
            return [self.array(depth + 1)[0] for _ in range(length)], length
        raise self.bad(f"array of type {kind}")

    def skip_strings(self, length: int) -> None:
        for _ in range(length):
            self.need(self.count(MOST_STRING, "bytes in one string"))

    def tensors(self, count: int, found: Header) -> list[Tensor]:
        listed: list[tuple[str, tuple[int, ...], int, int]] = []
        for _ in range(count):
            name, dimensions = self.string(), int(self.fixed("I"))
            if dimensions > MOST_DIMENSIONS:
                raise self.bad(f"tensor {name[:60]!r} has {dimensions} dimensions")
            shape = tuple(self.count(2**48, "elements along one dimension") for _ in range(dimensions))
            listed.append((name, shape, int(self.fixed("I")), int(self.fixed("Q"))))
        alignment = found.metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or isinstance(alignment, bool) or not 0 < alignment <= 2**20:
            raise self.bad(f"alignment {alignment!r}")
        start = -(-self.at // alignment) * alignment
        room = max(self.size - start, 0)
        tensors = self.sized(listed, room, alignment)
        ends = (tensor.offset + tensor.size for tensor in tensors if tensor.size is not None)
        found.lost = max(max(ends, default=0) - room, 0) if room else 0
        return tensors

    def sized(self, listed: list[tuple[str, tuple[int, ...], int, int]], room: int, alignment: int) -> list[Tensor]:
        """Tensors with their bytes: by type, or, of a type not known, from where the next one begins."""
        offsets = sorted({offset for _, _, _, offset in listed} | {room})
        following = dict(zip(offsets, offsets[1:], strict=False))
        result = []
        for name, shape, kind, offset in listed:
            known = TYPES.get(kind)
            tensor = Tensor(name, shape, known.name if known else f"type {kind}", None, offset)
            size: int | None = None
            if known is not None:
                if tensor.elements % known.weights:
                    raise self.bad(
                        f"tensor {name[:60]!r}: {tensor.elements} elements are no whole blocks of {known.name}"
                    )
                size = tensor.elements // known.weights * known.size
                if size > 2**50:
                    raise self.bad(f"tensor {name[:60]!r} of {size} bytes")
            elif following.get(offset, 0) > offset and alignment <= 64:
                size = following[offset] - offset
            result.append(Tensor(name, shape, tensor.type, size, offset))
        return result
