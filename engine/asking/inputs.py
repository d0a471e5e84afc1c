"""From arguments to documents: knowledge loaded once, the scenario read, the question asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput, KnowledgeError, UnknownName
from .flags import with_flags

if TYPE_CHECKING:
    from ..advice.recommend import Answer
    from ..reading import Knowledge

LARGEST_RESULT = 64 * 2**20
SCENARIO_HINTS = {
    "Y006": "check the path",
    "Y019": "write `rig:` with its `gpus:` first; examples/ has whole scenarios",
}


class NoCards(BadInput):
    """A scenario without a GPU."""


def answer(path: Path | None, flags: Mapping[str, Any], overlays: Iterable[Path], matcher: str | None) -> Answer:
    """The question of a scenario file and flags, inferred. Raises BadInput and its kin."""
    from ..advice.recommend import Answer
    from ..reading import load_knowledge
    from .model_files import with_model_file

    asked, layers = scenario(path, flags), list(overlays)
    knowledge = load_knowledge(layers)
    refuse_broken(layers, knowledge)
    asked, knowledge, told = with_model_file(asked, knowledge, path.parent if path else None)
    return Answer(asked, knowledge, matcher, model_file=told)


def answer_asked(scenario: Path | None, matcher: str | None, overlays: tuple[Path, ...], **flags: Any) -> Answer:
    """As `answer`, of the arguments of a command that asks about one thing."""
    return answer(scenario, flags, overlays, matcher)


def refuse_broken(overlays: Sequence[Path], knowledge: Knowledge | None = None) -> None:
    """Raise KnowledgeError for overlays that `validate` finds errors in; the built-in knowledge is checked by CI.

    With the knowledge they are part of, the outcome is kept beside its compiled copy and not found out again.
    """
    if not overlays:
        return
    faults = knowledge.derived("faults", lambda: _faults(overlays)) if knowledge else _faults(overlays)
    if faults:
        message, where = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise KnowledgeError(message + more, where=where, hint="`rigwise validate` of that directory shows all")


def _faults(overlays: Sequence[Path]) -> list[list[str]]:
    """Message and place of each error."""
    from ..checking import level, validate

    errors = [found for found in validate(overlays) if level(found) == "error"]
    return [[f"{one.code}: {one.message}", str(one.place)] for one in errors]


def scenario(path: Path | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    """The scenario of a file, with flags over it, checked and in canonical form."""
    asked: dict[str, Any] = read_file(path) if path else {}
    return checked(with_flags(asked, flags))


def checked(asked: dict[str, Any]) -> dict[str, Any]:
    """A scenario that was asked, in canonical form. Raises BadInput and its kin."""
    from ..checking.scenario import read_scenario
    from ..grounding.resolve import SECTIONS

    rig = asked.get("rig")
    if isinstance(rig, dict | None) and not (rig or {}).get("gpus") and asked.keys() <= set(SECTIONS):
        raise NoCards("no GPU is given", hint='name a scenario file, or write --gpu 4x"RTX 3090"')
    return dict(read_scenario(asked))


def read_file(path: Path) -> dict[str, Any]:
    """A scenario file as a mapping that knows its places. Raises BadInput where it cannot be read."""
    tree = read_tree(path)
    if not isinstance(tree, dict):
        raise BadInput("a scenario must be a mapping with `rig`, `workload` and `goal`", where=str(path))
    return tree


def read_tree(path: Path) -> Any:
    """A YAML or JSON file as values that know their places. Raises BadInput where it cannot be read."""
    from ..reading import read_document
    from ..reading.diagnostic import ReadingErrors

    try:
        return read_document(path)
    except ReadingErrors as error:
        raise BadInput(
            error.message, where=error.where, hint=SCENARIO_HINTS.get(error.first.code, error.hint)
        ) from None


def verification(path: Path, overlays: Iterable[Path]) -> dict[str, Any]:
    """The outcome of checking a saved result, against the knowledge as well where it is the one of the result."""
    from ..advice.verify import verify
    from ..reading import load_knowledge

    return verify(read_result(path), load_knowledge(overlays))


def read_result(path: Path) -> dict[str, Any]:
    """A saved JSON result. Raises BadInput where it is not one."""
    try:
        if path.stat().st_size > LARGEST_RESULT:
            raise BadInput(f"the result is larger than {LARGEST_RESULT >> 20} MiB", where=str(path))
        document = json.loads(path.read_text("utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"is not JSON: {error}", where=str(path)) from None
    if not isinstance(document, dict):
        raise BadInput("is no result of rigwise: not a mapping", where=str(path))
    return document


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def rule(identity: str, overlays: Iterable[Path]) -> dict[str, Any]:
    """One rule as a document. Raises UnknownName."""
    from ..reading import load_knowledge

    knowledge = load_knowledge(overlays)
    rules = {str(one["id"]): one for one in knowledge.rules}
    if identity not in rules:
        raise UnknownName("rule", identity, _nearest(identity, rules))
    return {"schema": "rigwise/rule/1", **rules[identity], "examples": knowledge.examples(identity)}


def _nearest(text: str, names: Iterable[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(text, list(names), 3, 0.6)
