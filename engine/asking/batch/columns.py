"""Columns of a CSV as places in a scenario: dotted paths, or the names of the flags of `recommend`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from ...errors import BadInput
from ..flags import PATHS, WORDS, bonds, group, slot

SHORT = {**PATHS, "gpu": "rig.gpus", "gpus": "rig.gpus", "nvlink": "rig.nvlink", "pcie": "rig.pcie"}
SECTIONS = ("rig", "workload", "goal", "allow", "prices")
TEXTS = frozenset(PATHS[name] for name in WORDS)
MOST_ITEMS = 256  # entries of a list that columns number


class Columns:
    """The columns of one file. A column whose name begins with # is a remark. Raises BadInput for one unknown."""

    def __init__(self, names: Sequence[str]) -> None:
        self.paths = [_path(name.strip()) for name in names]
        told = [path for path in self.paths if path]
        if len(set(told)) < len(told):
            raise BadInput(f"the column '{next(one for one in told if told.count(one) > 1)}' stands there twice")

    def scenario(self, fields: Sequence[str]) -> dict[str, Any]:
        """The scenario of one line; an empty field is absent. Raises BadInput."""
        if len(fields) != len(self.paths):
            raise BadInput(f"the line has {len(fields)} fields, the header {len(self.paths)}")
        found: dict[str, Any] = {}
        for path, text in zip(self.paths, fields, strict=True):
            if path and text.strip():
                _put(found, path.split("."), _value(path, text.strip()), path)
        return dict(_listed(found, ""))


def _path(name: str) -> str:
    """The dotted path of a column; empty for a remark."""
    if name.startswith("#") or not name:
        return ""
    short = name.lower().replace("-", "_").replace(" ", "_")
    if short in SHORT:
        return SHORT[short]
    if re.fullmatch(r"[a-z_]+(\.\w+)+", name) and name.split(".")[0] in SECTIONS:
        return name
    near = get_close_matches(short, [*SHORT, *SHORT.values()], 2, 0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else "name a path such as workload.users"
    raise BadInput(
        f"the column '{name}' names nothing of a scenario", hint=f"{hint} A name with # before it is a remark"
    )


def _value(path: str, text: str) -> Any:
    """A field as JSON where it is JSON, else in the short form of its flag, else as text."""
    if path in TEXTS:
        return text
    try:
        found = json.loads(text, parse_constant=lambda name: name)
    except (ValueError, RecursionError):
        found = {"true": True, "false": False}.get(text.lower(), text)
    if isinstance(found, list | dict) or path not in READ:
        return found
    return READ[path](text)


def _gpus(text: str) -> Any:
    return [group(part) for part in re.split(r"[+;]", text)]


def _slots(text: str) -> Any:
    slots = [slot(part) for part in re.split(r"[,;]", text)]
    return slots[0] if len(slots) == 1 else slots


def _bonds(text: str) -> Any:
    return bonds(text.replace(";", ","))


READ = {"rig.gpus": _gpus, "rig.nvlink": _bonds, "rig.pcie": _slots}


def _put(place: dict[str, Any], names: list[str], value: Any, path: str) -> None:
    for name in names[:-1]:
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            raise BadInput("another column sets the whole of it", where=path)
    if names[-1] in place:
        raise BadInput("another column sets a part of it", where=path)
    place[names[-1]] = value


def _listed(value: Any, path: str) -> Any:
    """Mappings whose names are numbers as lists. Raises BadInput where a number is missing."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one, f"{path}.{name}".lstrip(".")) for name, one in value.items()}
    if not inner or not all(name.isdecimal() for name in inner):
        return inner
    numbers = sorted(map(int, inner))
    if numbers != list(range(len(numbers))) or len(numbers) > MOST_ITEMS:
        raise BadInput(f"the entries {numbers} are not counted through from 0", where=path)
    return [inner[str(number)] for number in numbers]
