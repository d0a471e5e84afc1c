"""What `gguf-dump` prints of a file, as text or with `--json`: the same header. Source: llama.cpp gguf-py scripts."""

from __future__ import annotations

import ast
import re
from typing import Any

from ..islands import objects_with
from ..pasted import Paste, whole
from .ggml_types import BY_NAME
from .gguf import Header, Tensor

_PAIR = re.compile(r"^\s*\d+: (\[?[A-Z0-9]+\]?\S*)\s*\|\s*(\d+) \| ([\w.\-]+) = (.*?)\s*$")
_TENSOR = re.compile(r"^\s*\d+:\s+(\d+) \|([\d,\s]+)\| (\w+)\s*\| (\S+)\s*$")


def read_dump(paste: Paste) -> Header | None:
    """The header that a dump shows; None where the text is no dump."""
    for _, record in objects_with(paste, "metadata", "tensors"):
        if isinstance(record["metadata"], dict) and isinstance(record["tensors"], dict):
            return _from_json(record["metadata"], record["tensors"])
    header = Header(3)
    for line in paste.lines:
        if line.cut:
            continue
        if match := _PAIR.match(line.text):
            _pair(match, header)
        elif match := _TENSOR.match(line.text):
            shape = [int(cell[:18]) for cell in match[2].replace(" ", "").split(",") if cell]
            _tensor(match[4], shape, match[3], header)
    return header if header.metadata else None


def _pair(match: re.Match[str], header: Header) -> None:
    kind, count, key, text = match[1], int(match[2][:12]), match[3], match[4]
    if kind.startswith("["):
        header.lengths[key] = count
        return
    try:
        value: Any = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = text
    if isinstance(value, str | int | float | bool):
        header.metadata[key] = value


def _from_json(metadata: dict[str, Any], tensors: dict[str, Any]) -> Header:
    header = Header(3)
    for key, described in metadata.items():
        if not isinstance(described, dict):
            continue
        value = described.get("value")
        if isinstance(value, str | int | float | bool):
            header.metadata[str(key)] = value
        elif isinstance(value, list):
            header.metadata[str(key)], header.lengths[str(key)] = value, len(value)
    for name, described in tensors.items():
        if isinstance(described, dict) and isinstance(described.get("shape"), list):
            shape = [n for cell in described["shape"] if (n := whole(cell)) is not None]
            _tensor(str(name), shape, str(described.get("type")), header)
    return header


def _tensor(name: str, shape: list[int], kind: str, header: Header) -> None:
    tensor = Tensor(name, tuple(shape), kind, None)
    known = BY_NAME.get(kind)
    fits = known is not None and tensor.elements % known.weights == 0 and tensor.elements < 2**50
    size = tensor.elements // known.weights * known.size if known is not None and fits else None
    header.tensors.append(Tensor(name, tuple(shape), kind, size))
