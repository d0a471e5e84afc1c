"""Damage of the kinds that hands, merges and search-and-replace do to files of knowledge, and what a check made of it.

`spoil` makes one damage at a random place of a text and says where; `Campaign` does it many times over real files and
counts what was told, what was told at the wrong line, and what was taken in silence.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from engine.reading import parse, plain
from engine.reading.place import Map, Place, Seq

PROSE = frozenset(
    {
        "note", "notes", "reason", "title", "because", "says", "says_not", "quote", "method", "risk", "undo", "do",
        "summary", "place", "question",
        "locator", "description", "text", "author", "about", "name", "host", "slots", "url", "publisher", "repository",
        "aliases", "launch", "measure", "tensor_sizes", "condition", "tool", "source_title", "source_path",
    }
)  # fmt: skip
"""Fields whose words nothing computes with: a letter changed there is for a reader to see, not for a program."""
Path = tuple[str | int, ...]


class Spot(NamedTuple):
    """A value or key in a text: its path and where it is written."""

    path: Path
    place: Place
    value: Any


class Damage(NamedTuple):
    """A damaged text, the kind of damage, the lines on which telling of it is right, and the path that was hit."""

    text: str
    kind: str
    lines: range
    path: Path


def spots(node: Any, path: Path = ()) -> Iterator[Spot]:
    """Every scalar of a document."""
    items = node.items() if isinstance(node, Map) else enumerate(node) if isinstance(node, Seq) else ()
    for name, value in items:
        if isinstance(value, Map | Seq):
            yield from spots(value, (*path, name))
        else:
            yield Spot((*path, name), node.place(name), value)


def keys(node: Any, path: Path = ()) -> Iterator[Spot]:
    """Every key of a document."""
    items = node.items() if isinstance(node, Map) else enumerate(node) if isinstance(node, Seq) else ()
    for name, value in items:
        if isinstance(node, Map):
            yield Spot((*path, name), node.key_place(name), value)
        yield from keys(value, (*path, name))


def written(text: str, place: Place) -> str:
    return text.split("\n")[place.line - 1][place.column - 1 : place.end_column - 1]


def put(text: str, place: Place, fresh: str) -> str:
    lines = text.split("\n")
    line = lines[place.line - 1]
    lines[place.line - 1] = line[: place.column - 1] + fresh + line[place.end_column - 1 :]
    return "\n".join(lines)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _scaled(factor: float) -> Callable[[str, Any, random.Random], str | None]:
    return lambda old, value, chance: _shown(value * factor) if _is_number(value) and value else None


def _digits(old: str, value: Any, chance: random.Random) -> str | None:
    pairs = [at for at in range(len(old) - 1) if old[at : at + 2].isdigit() and old[at] != old[at + 1]]
    if not _is_number(value) or not pairs:
        return None
    at = chance.choice(pairs)
    fresh = old[:at] + old[at + 1] + old[at] + old[at + 2 :]
    return None if fresh[0] == "0" and not fresh.startswith("0.") else fresh


def _typo(old: str, value: Any, chance: random.Random) -> str | None:
    """A letter dropped, doubled or swapped in a word that something refers to."""
    bare = old.strip("\"'")
    letters = [at for at in range(1, len(bare)) if bare[at].isalpha()]
    if not isinstance(value, str) or not letters or len(bare) < 3 or " " in bare:
        return None
    at, how = chance.choice(letters), chance.randrange(3)
    fresh = (
        bare[:at] + bare[at + 1 :]
        if how == 0
        else bare[:at] + bare[at] + bare[at:]
        if how == 1
        else bare[: at - 1] + bare[at] + bare[at - 1] + bare[at + 1 :]
    )
    return old.replace(bare, fresh, 1) if fresh != bare else None


def _date(old: str, value: Any, chance: random.Random) -> str | None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}(-\d\d){0,2}", value):
        return None
    return old.replace(
        value, chance.choice(["2062" + value[4:], value[:4] + "-13-01", value[2:], value.replace("-", "/")])
    )


def _flip(old: str, value: Any, chance: random.Random) -> str | None:
    return ("false" if value else "true") if isinstance(value, bool) else None


def _words(*fresh: str) -> Callable[[str, Any, random.Random], str | None]:
    return lambda old, value, chance: chance.choice(fresh)


def _unit(old: str, value: Any, chance: random.Random) -> str | None:
    return f"{old} {chance.choice(['GB', 'W', 'GiB', 'TFLOPS', 'MB/s'])}" if _is_number(value) else None


def _quoted(old: str, value: Any, chance: random.Random) -> str | None:
    return f'"{old}"' if _is_number(value) or isinstance(value, bool) else None


def _comma(old: str, value: Any, chance: random.Random) -> str | None:
    return old.replace(".", ",") if _is_number(value) and "." in old else None


_NO_NUMBERS = (".nan", ".inf", "NaN", "-")
SCALARS: dict[str, Callable[[str, Any, random.Random], str | None]] = {
    "times ten": _scaled(10),
    "a tenth": _scaled(0.1),
    "times a thousand": _scaled(1000),
    "bits for bytes": _scaled(8),
    "both directions": _scaled(2),
    "negative": _scaled(-1),
    "digits swapped": _digits,
    "zero": lambda old, value, chance: "0" if _is_number(value) and value else None,
    "not a number": lambda old, value, chance: chance.choice(_NO_NUMBERS) if _is_number(value) else None,
    "with a unit": _unit,
    "in quotes": _quoted,
    "decimal comma": _comma,
    "misspelt word": _typo,
    "another date": _date,
    "boolean turned": _flip,
    "emptied": _words("", "null", "~"),
    "another type": _words("[]", "{}", "true", "17", '"x"', "[1, 2]"),
}  # fmt: skip


def _scalar(kind: str) -> Callable[[str, Any, random.Random], Damage | None]:
    def damage(text: str, node: Any, chance: random.Random) -> Damage | None:
        found = [spot for spot in spots(node) if PROSE.isdisjoint(map(str, spot.path))]
        chance.shuffle(found)
        for spot in found[:40]:
            old = written(text, spot.place)
            fresh = SCALARS[kind](old, spot.value, chance) if old else None
            if fresh is not None and fresh != old:
                return Damage(put(text, spot.place, fresh), kind, _at(spot.place), spot.path)
        return None

    return damage


def _at(place: Place) -> range:
    return range(place.line, place.line + 1)


def _key_typo(text: str, node: Any, chance: random.Random) -> Damage | None:
    found = list(keys(node))
    for _ in range(20):
        spot = chance.choice(found)
        old = written(text, spot.place)
        fresh = _typo(old, old.strip("\"'"), chance)
        if fresh:
            return Damage(put(text, spot.place, fresh), "misspelt key", _at(spot.place), spot.path)
    return None


def _key_taken(text: str, node: Any, chance: random.Random) -> Damage | None:
    """A line copied and its value changed: the key stands twice."""
    lines = text.split("\n")
    found = [spot for spot in keys(node) if lines[spot.place.line - 1].lstrip().startswith(str(spot.path[-1]))
             and not isinstance(spot.value, Map | Seq) and "\n" not in str(spot.value)]  # fmt: skip
    if not found:
        return None
    at = chance.choice(found).place.line
    lines.insert(at, lines[at - 1])
    return Damage("\n".join(lines), "key twice", range(at, at + 2), ())


def _field_deleted(text: str, node: Any, chance: random.Random) -> Damage | None:
    lines = text.split("\n")
    found = [spot for spot in keys(node) if lines[spot.place.line - 1].lstrip("- ").startswith(str(spot.path[-1]))
             and str(spot.path[-1]) not in PROSE]  # fmt: skip
    if not found:
        return None
    spot = chance.choice(found)
    at = spot.place.line
    del lines[at - 1]
    start = _start(node, spot.path)
    return Damage("\n".join(lines), "line deleted", range(start, at + 2), spot.path)


def _start(node: Any, path: Path) -> int:
    """The line on which what holds a path begins."""
    line = 1
    for step in path[:-1]:
        if isinstance(node, Map | Seq):
            line = node.place(step).line if isinstance(step, int) else node.key_place(step).line  # type: ignore[union-attr]
            node = node[step]
    return line


def _indented(text: str, node: Any, chance: random.Random) -> Damage | None:
    lines = text.split("\n")
    found = [number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    at = chance.choice(found)
    shift = chance.choice([1, 2, 4, -1, -2])
    lead = len(lines[at]) - len(lines[at].lstrip())
    lines[at] = " " * max(0, lead + shift) + lines[at].lstrip()
    return Damage("\n".join(lines), "indentation", range(max(1, at - 1), at + 5), ())


def _values_swapped(text: str, node: Any, chance: random.Random) -> Damage | None:
    """The values of two fields beside each other."""
    found = [spot for spot in spots(node) if PROSE.isdisjoint(map(str, spot.path))]
    chance.shuffle(found)
    for one in found[:40]:
        near = [other for other in found if other.path[:-1] == one.path[:-1] and other.place.line != one.place.line
                and type(other.value) is type(one.value) and other.value != one.value]  # fmt: skip
        if near:
            other = chance.choice(near)
            old, new = written(text, one.place), written(text, other.place)
            fresh = put(put(text, one.place, new), other.place, old)
            low, high = sorted((one.place.line, other.place.line))
            return Damage(fresh, "values swapped", range(low, high + 1), one.path)
    return None


def _sign_dropped(text: str, node: Any, chance: random.Random) -> Damage | None:
    found = [at for at, sign in enumerate(text) if sign in "[]{}:\"'"]
    if not found:
        return None
    at = chance.choice(found)
    line = text.count("\n", 0, at) + 1
    return Damage(text[:at] + text[at + 1 :], "sign dropped", range(max(1, line - 1), line + 4), ())


def _item_twice(text: str, node: Any, chance: random.Random) -> Damage | None:
    lines = text.split("\n")
    found = [number for number, line in enumerate(lines) if re.match(r"\s*- ", line)]
    if not found:
        return None
    at = chance.choice(found)
    lines.insert(at, lines[at])
    return Damage("\n".join(lines), "item twice", range(at + 1, at + 3), ())


_SWAPS = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "!=", "!=": "==", "in": "not in", "not in": "in",
          "divisible by": "not divisible by", "not divisible by": "divisible by"}  # fmt: skip


def _operator(text: str, node: Any, chance: random.Random) -> Damage | None:
    found = [spot for spot in spots(node) if "where" in spot.path and spot.path[-1] == 1 and spot.value in _SWAPS]
    if not found:
        return None
    spot = chance.choice(found)
    fresh = chance.choice([_SWAPS[spot.value], "=", "=<", "is"])
    return Damage(put(text, spot.place, f'"{fresh}"'), "operator", _at(spot.place), spot.path)


def _variable(text: str, node: Any, chance: random.Random) -> Damage | None:
    found = [
        spot
        for spot in spots(node)
        if isinstance(spot.value, str) and spot.value.startswith("$") and len(spot.value) > 4
    ]
    if not found:
        return None
    spot = chance.choice(found)
    old = written(text, spot.place)
    fresh = _typo(old, spot.value, chance)
    return Damage(put(text, spot.place, fresh), "variable", _at(spot.place), spot.path) if fresh else None


def _placeholder(text: str, node: Any, chance: random.Random) -> Damage | None:
    lines = text.split("\n")
    found = [(number, hit) for number, line in enumerate(lines) if re.match(r"\s*(says|says_not|launch|measure):", line)
             for hit in re.finditer(r"\{([a-z_]+)(?:\[([a-z_]+)\])?", line)]  # fmt: skip
    if not found:
        return None
    number, hit = chance.choice(found)
    group = 2 if hit[2] and chance.random() < 0.5 else 1
    fresh = _typo(hit[group], hit[group], chance)
    if not fresh:
        return None
    line = lines[number]
    lines[number] = line[: hit.start(group)] + fresh + line[hit.end(group) :]
    return Damage("\n".join(lines), "placeholder", range(number + 1, number + 2), ())


def _condition_dropped(text: str, node: Any, chance: random.Random) -> Damage | None:
    """A whole entry of `when`, `where` or `unless` of a rule."""
    lines = text.split("\n")
    found = [spot for spot in keys(node) if len(spot.path) == 3 and spot.path[1] in ("when", "compute")]
    if not found:
        return None
    spot = chance.choice(found)
    at = spot.place.line
    if not lines[at - 1].lstrip().startswith(str(spot.path[-1])):
        return None
    del lines[at - 1]
    return Damage("\n".join(lines), "condition dropped", range(_start(node, spot.path[:2]), at + 60), spot.path)


STRUCTURES: dict[str, Callable[[str, Any, random.Random], Damage | None]] = {
    "misspelt key": _key_typo,
    "key twice": _key_taken,
    "line deleted": _field_deleted,
    "indentation": _indented,
    "values swapped": _values_swapped,
    "sign dropped": _sign_dropped,
    "item twice": _item_twice,
    "operator": _operator,
    "variable": _variable,
    "placeholder": _placeholder,
    "condition dropped": _condition_dropped,
}
DAMAGES = {**{kind: _scalar(kind) for kind in SCALARS}, **STRUCTURES}


def spoil(text: str, kind: str, chance: random.Random) -> Damage | None:
    """The text with one damage that changes what it says; None where there is no place for it."""
    before, _ = parse(text, "x.yaml")
    if before is None:
        return None
    found = DAMAGES[kind](text, before, chance)
    if found is None or found.text == text:
        return None
    after, problems = parse(found.text, "x.yaml")
    return found if problems or plain(after) != plain(before) else None


# Tables


def spoil_table(text: str, chance: random.Random) -> Damage | None:
    """A table with one cell or row damaged."""
    lines = text.rstrip("\n").split("\n")
    at = chance.randrange(1, len(lines))
    names, cells = lines[0].split(","), lines[at].split(",")
    if '"' in lines[at] or len(names) != len(cells):
        return None
    kind = chance.choice(list(_CELLS))
    columns, change = _CELLS[kind]
    filled = [number for number, name in enumerate(names) if (name in columns or not columns) and cells[number]]
    if not filled:
        return None
    number = chance.choice(filled)
    fresh = change(cells[number], chance)
    if fresh is None or fresh == cells[number]:
        return None
    cells[number] = fresh
    lines[at] = ",".join(cells)
    return Damage("\n".join(lines) + "\n", f"table: {kind}", range(at + 1, at + 2), (names[number],))


def _cell_number(factor: float) -> Callable[[str, random.Random], str | None]:
    def change(cell: str, chance: random.Random) -> str | None:
        try:
            return _shown(float(cell) * factor)
        except ValueError:
            return None

    return change


_COUNTS = ("gpu_count", "tp", "pp", "replicas")
_NAMES = ("gpu", "model", "quantization", "engine", "metric", "unit", "arch", "parallelism", "trust", "source_id")
_CELLS: dict[str, tuple[tuple[str, ...], Callable[[str, random.Random], str | None]]] = {
    "misspelt name": (_NAMES, lambda cell, chance: _typo(cell.replace(" ", "_"), cell.replace(" ", "_"), chance)),
    "value times ten": (("value",), _cell_number(10)),
    "value times a thousand": (("value",), _cell_number(1000)),
    "value negative": (("value",), _cell_number(-1)),
    "value not a number": (("value",), lambda cell, chance: chance.choice(["nan", "fast", "inf", "12 tok/s"])),
    "count wrong": (_COUNTS, lambda cell, chance: chance.choice(["-1", "0", "two", "1.5"])),
    "count larger": (("tp", "pp", "replicas"), _cell_number(8)),
    "date wrong": (("source_date",), lambda cell, chance: chance.choice(["2062-01", "05/2024", "2024-13", "24-5"])),
    "a comma too many": (("id", "gpu", "value"), lambda cell, chance: cell + ","),
    "a cell too few": (("notes", "unit"), lambda cell, chance: None),
    "size times ten": (("params_b", "active_params_b", "gpu_mem_gb"), _cell_number(10)),
    "address wrong": (("source_url",), lambda cell, chance: cell.replace("https://", "")),
    "quote open": (("notes", "gpu"), lambda cell, chance: '"' + cell),
    "emptied": (("id", "gpu", "metric", "value", "source_id"), lambda cell, chance: ""),
}  # fmt: skip


class Outcome(NamedTuple):
    """What a check made of a damage: told, at a right line, with a hint."""

    file: str
    damage: Damage
    told: bool
    placed: bool
    hinted: bool
    said: str


def judged(file: str, damage: Damage, found: Sequence[Any]) -> Outcome:
    """found: the findings that were not there before the damage, those of other files included."""
    here = [one for one in found if one.place.file.endswith(file)]
    placed = any(one.place.line in damage.lines for one in here) or (bool(found) and not here)
    said = str((here or list(found) or [""])[0])
    return Outcome(file, damage, bool(found), placed, all(one.hint for one in found), said)


def table(outcomes: Sequence[Outcome]) -> str:
    """Counts by kind of damage."""
    rows = [f"{'damage':<30}{'tried':>7}{'silent':>8}{'line off':>10}{'no hint':>9}"]
    by_kind: dict[str, list[Outcome]] = {}
    for one in outcomes:
        by_kind.setdefault(one.damage.kind, []).append(one)
    for kind, found in [*sorted(by_kind.items()), ("all", list(outcomes))]:
        count = Counter(
            {"silent": sum(not one.told for one in found), "off": sum(one.told and not one.placed for one in found),
             "bare": sum(one.told and not one.hinted for one in found)}
        )  # fmt: skip
        rows.append(f"{kind:<30}{len(found):>7}{count['silent']:>8}{count['off']:>10}{count['bare']:>9}")
    return "\n".join(rows)
