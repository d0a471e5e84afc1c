"""New knowledge from flags or questions: a file in the right place, correct, commented, and checked."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ..checking.kinds import BY_KIND
from ..checking.nearest import did_you_mean
from ..checking.schemas import load
from ..errors import BadInput, UnknownName
from ..paths import SCHEMAS
from ..reading import parse, plain
from ..reading.place import Map, Seq
from .writing import field, list_item

LISTS = {"rules": "own", "claims": "own"}
"""Kinds whose files hold a list, and the file that gets a new item where none is named."""
_LEAD = ("schema", "name", "title", "aliases", "sources")
_UNASKED = frozenset({"schema", "aliases", "sources", "note", "notes", "mark", "accept"})
_BESIDE = frozenset({"vocabulary", "calibration", "conclusions", "attributes", "chips", "pci_ids"})
"""Single files beside the folders: edited, not added to."""
_KEPT = 12
"""Most fields that are offered as comments."""
Ask = Callable[[str, str], str]
"""Asks a person: field and what it means; an empty answer is none."""


def folder_of(kind: str) -> str:
    """The folder of a kind, named in the singular or plural. Raises UnknownName."""
    known = [name for name in BY_KIND if name not in _BESIDE]
    for name in (kind, f"{kind}s", kind.removesuffix("s") + "s"):
        if name in known:
            return name
    from difflib import get_close_matches

    raise UnknownName("kind", kind[:60], get_close_matches(kind, known, 3, 0.5))


def key_of(name: str) -> str:
    """A key out of a name.

    >>> key_of("GeForce RTX 5090 (32 GB)")
    'geforce_rtx_5090_32_gb'
    """
    found = re.sub(r"[^a-z0-9]+", "_", name.lower().replace("+", " plus ")).strip("_")[:80]
    if not found:
        raise BadInput(f"'{name[:60]}' makes no key", hint="give --key with lower-case letters, digits and `_`")
    return found


def values_of(settings: Sequence[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Fields out of `path=value` settings. Raises BadInput for a path that the schema does not have."""
    values: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path:
            raise BadInput(f"'{setting[:80]}' sets nothing", hint="write --set field=value, as in --set tdp_w=350")
        _put(values, path.strip().split("."), _value(path, text), schema, path)
    return values


def _value(path: str, text: str) -> Any:
    node, problems = parse(f"value: {text}\n", "--set")
    if problems or not isinstance(node, Map) or len(node) != 1:
        if re.fullmatch(r"[^\[\]{}\"'\n]*", text) and not _ambiguous(problems):
            return text
        told = problems[0] if problems else None
        raise BadInput(
            f"--set {path}: {told.message if told else 'this is no value'}",
            hint=(told.hint if told else "") or "quote texts: --set 'note=\"a: b\"'",
        )
    return plain(node["value"])


def _ambiguous(problems: Sequence[Any]) -> bool:
    return any(problem.code == "Y010" for problem in problems)


def _put(values: dict[str, Any], steps: list[str], value: Any, schema: Mapping[str, Any], path: str) -> None:
    known = schema.get("properties", {})
    if known and schema.get("additionalProperties") is False and steps[0] not in known:
        hint = did_you_mean(steps[0], known, f"known: {', '.join(known)}")
        raise BadInput(f"--set {path}: there is no field `{steps[0]}`", hint=hint)
    inner = known.get(steps[0], {})
    if len(steps) == 1:
        values[steps[0]] = str(value) if _is_text(inner) and isinstance(value, int | float) else value
        return
    below = values.setdefault(steps[0], {})
    if not isinstance(below, dict):
        raise BadInput(f"--set {path}: `{steps[0]}` is set to a value already", hint="give one of the two")
    _put(below, steps[1:], value, inner, path)


def _is_text(schema: Mapping[str, Any]) -> bool:
    refs = [str(part.get("$ref", "")) for part in (schema, *schema.get("allOf", ()))]
    return schema.get("type") == "string" or any(ref.endswith(("/text", "/line", "/prose", "/date")) for ref in refs)


def entry_text(folder: str, values: Mapping[str, Any], modeline: str, remarks: Sequence[str]) -> str:
    """The text of a new entry: modeline, fields in the order of the schema, and the usual open fields as comments."""
    schema = load(BY_KIND[folder])
    order = [name for name in _LEAD if name in values]
    order += [name for name in schema["properties"] if name in values and name not in order]
    lines = [modeline, *(f"# {remark}" for remark in remarks)]
    for name in order:
        lines += field(name, values[name])
    open_fields = [
        (name, inner) for name, inner in schema["properties"].items() if name not in values and name not in _UNASKED
    ]
    if open_fields:
        lines.append("# Not known yet; what is left out is unknown:")
        lines += [f"# {name}: {_about(inner)}".rstrip() for name, inner in open_fields[:_KEPT]]
    return "\n".join(lines) + "\n"


def _about(schema: Mapping[str, Any]) -> str:
    told = str(schema.get("description", ""))
    if schema.get("enum"):
        told = f"one of {', '.join(map(str, schema['enum']))}"
    return f"   # {told}" if told else ""


def missing(folder: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Required fields that have no value, each with what it means."""
    schema = load(BY_KIND[folder])
    schema = schema.get("items", schema) if folder not in LISTS else _item_schema(folder)
    return [
        (name, _about(schema["properties"].get(name, {})).removeprefix("   # "))
        for name in schema.get("required", ())
        if name not in values
    ]


def _item_schema(folder: str) -> dict[str, Any]:
    """The schema of an item of a list."""
    schema = load(BY_KIND[folder])
    item: dict[str, Any] = schema.get("items", {})
    name = str(item.get("$ref", "")).rpartition("/")[2]
    return dict(schema["$defs"][name]) if name else item


def schema_of(folder: str) -> Mapping[str, Any]:
    """The schema that new values of a folder are held to."""
    if folder == "measurements":
        return load("measurement_row")
    return _item_schema(folder) if folder in LISTS else load(BY_KIND[folder])


def modeline(folder: str, target: Path) -> str:
    """The first line, by which editors find the schema."""
    path = os.path.relpath(SCHEMAS / f"{BY_KIND[folder]}.schema.json", target.absolute().parent)
    return f"# yaml-language-server: $schema={Path(path).as_posix()}"


def source_values(url: str, publisher: str, title: str, kind: str, today: date) -> dict[str, Any]:
    """The entry of a new source."""
    return {
        "schema": 1, "title": title or publisher, "publisher": publisher, "url": url, "kind": kind,
        "retrieved": today.isoformat(),
    }  # fmt: skip


def price_row(values: dict[str, Any], source: str) -> dict[str, Any]:
    """A price of its own out of the settings low, high, condition, date, note."""
    names = ("low", "high", "condition", "date", "note")
    row = {name: values.pop(name) for name in names if name in values}
    return row | {"source": source}


def with_item(text: str, row: Mapping[str, Any], name: str | None) -> str:
    """A file's text with one more item: of its list, or of the list of a field. Raises BadInput where there is none."""
    node, problems = parse(text, "the file")
    rows = node if name is None else node.get(name) if isinstance(node, Map) else None
    if problems or not isinstance(rows, Seq) or not rows:
        raise BadInput(
            "the file cannot be extended: it does not hold the list", hint="`rigwise validate` tells what is wrong"
        )
    lines = text.split("\n")
    last = rows.values_at[len(rows) - 1]
    indent = _indent(lines, rows)
    if indent is None:
        raise BadInput("the file's list is written in brackets", hint="write one item a line, each behind `- `")
    at = last[2] if last[3] else last[2] - 1
    fresh = list(list_item(dict(row), indent))
    gap = [""] if name is None else []
    return "\n".join([*lines[: at + 1], *gap, *fresh, *lines[at + 1 :]])


def _indent(lines: Sequence[str], rows: Seq) -> int | None:
    start = rows.values_at[0][0]
    found = re.match(r"(\s*)- ", lines[start])
    return len(found[1]) if found else None


def table_text(text: str, values: Mapping[str, Any], columns: Sequence[str]) -> str:
    """A table's text with one more row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = next(csv.reader([text.split("\n", 1)[0]])) if text else list(columns)
    if not text:
        writer.writerow(head)
    strange = [name for name in values if name not in head]
    if strange:
        raise BadInput(f"the table has no column `{strange[0]}`", hint=f"it has {', '.join(head)}")
    writer.writerow([values.get(name, "") for name in head])
    return text + ("" if not text or text.endswith("\n") else "\n") + out.getvalue()


def asked(fields: Sequence[tuple[str, str]], ask: Ask) -> Iterator[str]:
    """Settings out of what a person answers."""
    for name, about in fields:
        answer = ask(name, about)
        if answer:
            yield f"{name}={answer}"
