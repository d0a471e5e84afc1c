"""X213: what `absent_means` says of a field that no entry of the folder can have, or in another type than it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Document, Library
from ..kinds import BY_KIND
from ..nearest import did_you_mean
from ..quick_shape import fits_part
from ..schemas import load


def check(library: Library) -> Iterator[Diagnostic]:
    """Folders and dotted fields exist in the schemas, and the value is one that the field can have."""
    for document in library.asked("vocabulary"):
        yield from _tolerances(document)
        for folder, fields in (document.node.get("absent_means") or {}).items():
            if folder not in BY_KIND:
                hint = did_you_mean(folder, BY_KIND, f"known: {', '.join(BY_KIND)}")
                message = f"no kind of knowledge is called `{folder}`"
                yield document.find("X213", message, ["absent_means", folder], hint, on_key=True)
                continue
            for field, value in fields.items():
                path = ["absent_means", folder, field]
                known = dict(_fields(load(BY_KIND[folder]), ""))
                if field not in known:
                    hint = did_you_mean(field, known, f"known: {', '.join(list(known)[:15])}")
                    yield document.find("X213", f"{folder} have no field `{field}`", path, hint, on_key=True)
                elif not fits_part(BY_KIND[folder], known[field], value):
                    hint = f"see schemas/{BY_KIND[folder]}.schema.json; what is truly unknown is not listed here"
                    yield document.find("X213", f"`{field}` of {folder} cannot be {str(value)[:40]}", path, hint)


def _tolerances(document: Document) -> Iterator[Diagnostic]:
    """The policy's tolerances are of fields that some entry can have."""
    known = {name.rpartition(".")[2] for schema in BY_KIND.values() for name, _ in _fields(load(schema), "")}
    for field in (document.node.get("policy") or {}).get("tolerance") or {}:
        if field != "default" and field not in known:
            hint = did_you_mean(field, known, "write the name of a field, without those around it")
            path = ["policy", "tolerance", field]
            yield document.find("X213", f"no entry has a field `{field}`", path, hint, on_key=True)


def _fields(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, inner in schema.get("properties", {}).items():
        yield prefix + name, inner
        yield from _fields(inner, f"{prefix}{name}.")
