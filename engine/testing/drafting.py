"""Examples that kill the surviving mutants, written into the files of their rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..inference.rule import Rule
from ..paths import KNOWLEDGE
from ..reading import read_yaml
from ..reading.layers import BUILT_IN
from .choosing import choose
from .drafts import Drafts
from .killing import excused, survives
from .mutants import mutants
from .report import vocabulary_of
from .running import Progress, examples_of
from .selection import Selection
from .vocabulary import Vocabulary
from .writing import with_examples


def write_examples(selection: Selection, progress: Progress) -> Iterator[str]:
    """Add examples to the files of the selected rules; a line for each file. Raises BadInput where one is read-only."""
    vocabulary = vocabulary_of(selection)
    files: dict[str, list[dict[str, Any]]] = {}
    for rule in selection.knowledge.rules:
        if str(rule["id"]) in selection.rules:
            files.setdefault(str(rule["origin"]).rpartition(":")[0], []).append(rule)
    for done, (file, rules) in enumerate(sorted(files.items())):
        progress(done, len(files), "files")
        added = _fill(_path(file), rules, selection, vocabulary)
        if added:
            yield f"{file}: {added} examples added; read them before you keep them"


def _path(file: str) -> Path:
    label, _, rest = file.partition("/")
    return KNOWLEDGE / rest if label == BUILT_IN else Path(file)


def _fill(path: Path, rules: list[dict[str, Any]], selection: Selection, vocabulary: Vocabulary) -> int:
    """Work from the last rule up, so that places stay what they were."""
    tree = read_yaml(path)
    text = path.read_text("utf-8")
    by_id = {str(rule["id"]): rule for rule in rules}
    added = 0
    for index in range(len(tree) - 1, -1, -1):
        mapping = by_id.get(str(tree[index].get("id")))
        if mapping is None or not tree[index].get("examples"):
            continue
        name = str(mapping["id"])
        examples = examples_of(selection.knowledge, name)
        claimed = [str(one.get("mutant")) for one in selection.knowledge.equivalent_mutants(name)]
        rule = Rule.parse(mapping)
        alive = [one for one in mutants(rule) if not excused(one, claimed) and survives(one, examples)]
        if alive:
            choice = choose(Drafts(rule, mapping, examples, vocabulary), alive)
            text = with_examples(text, tree[index], choice.entries, choice.conclusions, choice.says)
            added += len(choice.entries)
    _save(path, text)
    return added


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=path.as_posix()) from None
