"""What is tested: rules and scenario files, by path or by name; without either, everything there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..checking.nearest import nearest
from ..errors import BadInput, UnknownName
from ..paths import HOME, KNOWLEDGE
from ..reading import Knowledge, load_knowledge
from ..reading.files import SCENARIOS
from ..reading.layers import BUILT_IN

SUITE = HOME / "tests" / "scenarios"
"""The scenario suite of a clone; an installed rigwise has none."""


@dataclass(frozen=True)
class Selection:
    """Rules by id and scenario files, in order, and the knowledge they are tested with."""

    knowledge: Knowledge
    rules: tuple[str, ...]
    scenarios: tuple[Path, ...]


def select(paths: Sequence[Path], overlays: Sequence[Path], rules: Sequence[str] = ()) -> Selection:
    """Read the knowledge and choose from it.

    A path is a rule file, a folder of them, a directory of knowledge (laid over the built-in one where it is another),
    a scenario file or a folder of these. Raises BadInput for a path that is none of these, UnknownName for a rule.
    """
    layers = list(overlays)
    wanted: set[str] = set()
    cases: list[Path] = []
    whole = not paths
    for path in paths:
        files, found = _of(path, layers)
        wanted |= files
        cases += found
    knowledge = load_knowledge(layers)
    if whole:
        cases = [] if rules else [*_yaml(SUITE), *(case for layer in layers for case in _yaml(layer / SCENARIOS))]
    by_id = {str(rule["id"]): str(rule["origin"]).rpartition(":")[0] for rule in knowledge.rules}
    chosen = tuple(
        name for name, file in by_id.items()
        if (whole or any(file == one or file.startswith(f"{one}/") for one in wanted)) and (not rules or name in rules)
    )  # fmt: skip
    _refuse_unknown(rules, by_id, chosen)
    return Selection(knowledge, chosen, tuple(dict.fromkeys(cases)))


def _of(path: Path, layers: list[Path]) -> tuple[set[str], list[Path]]:
    """Names of rule files and folders as origins write them, and scenario files; a new directory joins the layers."""
    if not path.exists():
        raise BadInput("there is no such file or directory", where=path.as_posix(), hint="give rules or scenarios")
    here = path.absolute()
    root = next((one for one in (KNOWLEDGE, *layers) if here == one.absolute() or one.absolute() in here.parents), None)
    if root is None and (found := _new_root(path)):
        root = found
        layers.append(root)
    if root is None:
        return set(), _scenario_files(path)
    below = here.relative_to(root.absolute()).as_posix()
    if below == SCENARIOS or below.startswith(f"{SCENARIOS}/"):
        return set(), _scenario_files(path)
    if not (below in (".", "rules") or below.startswith("rules/")):
        raise BadInput("holds neither rules nor scenarios", where=path.as_posix(), hint="`rigwise validate` checks it")
    label = BUILT_IN if root == KNOWLEDGE else root.as_posix()
    files = {f"{label}/rules" if below == "." else f"{label}/{below}"}
    return files, _yaml(root / SCENARIOS) if below == "." else []


def _new_root(path: Path) -> Path | None:
    """The directory of knowledge that a path outside of the known ones belongs to."""
    if path.is_dir():
        if path.name == "rules":
            return path.parent
        return path if (path / "rules").is_dir() else None
    return path.parent.parent if path.absolute().parent.name == "rules" else None


def _scenario_files(path: Path) -> list[Path]:
    files = [path] if path.is_file() else _yaml(path)
    if not files:
        raise BadInput("holds no scenario file", where=path.as_posix(), hint="scenario files end with .yaml")
    return files


def _yaml(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml")) if folder.is_dir() else []


def _refuse_unknown(asked: Iterable[str], known: dict[str, str], chosen: Sequence[str]) -> None:
    for name in asked:
        if name not in known:
            near = nearest(name, known)
            raise UnknownName("rule", name, [near] if near else [])
        if name not in chosen:
            raise BadInput(f"the rule '{name}' is not in the paths given", hint=f"it stands in {known[name]}")
