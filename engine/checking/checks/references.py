"""X207: a key of another entry that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...reading.diagnostic import Diagnostic
from ...reading.place import Map
from ..document import Document, Library
from ..nearest import did_you_mean

_PLACES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("quantizations", ("counterpart",), "quantizations"),
    ("prices", ("of",), "gpus"),
    ("options", ("change", "*", "replace_cards"), "gpus"),
    ("options", ("change", "*", "switch_engine"), "engines"),
    ("options", ("change", "*", "set_quantization"), "quantizations"),
    ("comparisons", ("change", "*", "set_quantization"), "quantizations"),
    ("comparisons", ("change", "*", "switch_engine"), "engines"),
    ("links", ("points", "*", "gpu"), "gpus"),
    ("vocabulary", ("popular_builds", "*", "gpu"), "gpus"),
    ("effects", ("option",), "options"),
    ("effects", ("gpu",), "gpus"),
    ("effects", ("engine",), "engines"),
    ("effects", ("model",), "models"),
    ("effects", ("quantization",), "quantizations"),
    ("engines", ("kv_quantizations", "*"), "quantizations"),
)


def check(library: Library) -> Iterator[Diagnostic]:
    """Keys of entries, in the fields that hold them."""
    for kind, steps, wanted in _PLACES:
        known = library.of(wanted)
        for document in library.asked(kind) if known else ():
            for path, key in _at(document.node, steps, ()):
                if isinstance(key, str) and key not in known:
                    hint = did_you_mean(key, known, f"`rigwise list {wanted}` shows the known ones")
                    yield document.find("X207", f"`{key}` is no entry of {wanted}", path, hint)
    yield from _priced_parts(library)
    yield from _classes(library)
    for document in library.asked("prices"):
        named = document.node.get("of")
        if isinstance(named, str) and named != document.key:
            message = f"prices of `{named}` in a file called {document.key}.yaml are never looked up"
            yield document.find(
                "X217", message, ["of"], f"rename the file to {named}.yaml, or add its rows to that one"
            )


def _at(node: Any, steps: tuple[str, ...], path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if not steps:
        yield path, node
    elif steps[0] == "*" and isinstance(node, list):
        for index, item in enumerate(node):
            yield from _at(item, steps[1:], (*path, index))
    elif isinstance(node, Map) and steps[0] in node:
        yield from _at(node[steps[0]], steps[1:], (*path, steps[0]))


def _classes(library: Library) -> Iterator[Diagnostic]:
    """The class of an engine is one that constants were fitted for."""
    calibration = library.of("calibration").get("calibration")
    rows = calibration.node.get("constants", ()) if calibration else ()
    known = {str(row.get("key")) for row in rows if row.get("kind") == "engine_constants"}
    for document in library.asked("engines") if known else ():
        key = document.node.get("class")
        if isinstance(key, str) and key not in known:
            hint = did_you_mean(key, known, f"known: {', '.join(sorted(known))}")
            yield document.find("X207", f"no constants were fitted for engines of the class `{key}`", ["class"], hint)


def _priced_parts(library: Library) -> Iterator[Diagnostic]:
    """The price an option names is an entry of knowledge/prices, or `gpu`."""
    known = {*library.of("prices"), *library.of("gpus"), "gpu"}
    for document in library.asked("options") if library.of("prices") else ():
        for name in ("price", "resale"):
            key = document.node.get("cost", {}).get(name)
            if isinstance(key, str) and key not in known:
                yield _no_price(document, name, key, known)


def _no_price(document: Document, name: str, key: str, known: set[str]) -> Diagnostic:
    hint = did_you_mean(key, known, f"add knowledge/prices/{key}.yaml")
    return document.find("X207", f"`{key}` is no entry of prices", ["cost", name], hint)
