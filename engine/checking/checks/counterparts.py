"""P338: the counterpart of a quantization is not one: in the same container, of other bits, or the format itself."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

_APART = limit("counterparts", "apart")


def check(library: Library) -> Iterator[Diagnostic]:
    """The checkpoint that is taken where an engine reads another container has about as many bits."""
    formats = library.values("quantizations")
    for document in library.asked("quantizations"):
        entry = formats[document.key]
        key, other = entry.get("counterpart"), formats.get(str(entry.get("counterpart"))) or {}
        container, bits, there = entry.get("container"), entry.get("bits_per_weight"), other.get("bits_per_weight")
        message = ""
        if other and container and container == other.get("container"):
            message = f"the counterpart `{key}` is in the same container, {container}"
        elif bits and there and max(bits, there) > _APART * min(bits, there):
            message = f"the counterpart `{key}` has {there:g} bits for each weight, and this format {bits:g}"
        if message:
            hint = "name the format of another container that is nearest in bits"
            yield document.find("P338", message, ["counterpart"], hint)
