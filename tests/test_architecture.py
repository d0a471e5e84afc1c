"""The house keeps its walls: who may import whom, and who may name an engine."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "engine"
# Imports run one way: a room may use itself and what stands in its list.
MAY_IMPORT = {
    "model": {"errors"},
    "costs": {"errors"},
    "reading": {"errors", "paths", "model"},
    "inference": {"errors", "model"},
    "grounding": {"errors", "model", "inference", "reading", "costs"},
    "advice": {"errors", "model", "costs", "inference", "grounding", "reading", "cores", "paths"},
    "measuring": {"errors", "model", "costs", "inference", "grounding", "reading", "advice", "paths"},
    "search": {"errors", "model", "costs", "inference", "grounding", "reading", "advice"},
    "checking": {"errors", "model", "costs", "inference", "grounding", "reading", "advice", "paths", "cores"},
    "auditing": {"errors", "model", "costs", "inference", "grounding", "reading", "advice", "checking"},
    "testing": {"errors", "model", "costs", "inference", "reading", "advice", "checking", "paths"},
    "showing": {"errors", "model"},
    "asking": {
        "errors",
        "model",
        "costs",
        "inference",
        "grounding",
        "reading",
        "advice",
        "measuring",
        "search",
        "checking",
        "auditing",
        "testing",
        "showing",
        "paths",
    },
}
FOREIGN = {
    "durable_rules_engine": {"inference/durable.py"},
    "durable": set(),
    "numpy": {
        str(path.relative_to(ENGINE))
        for room in ("search", "measuring/calibration")
        for path in (ENGINE / room).glob("*.py")
    },
    "clips": {"inference/clips.py"},
    "click": set(),
    "distributed": {"asking/batch/cluster.py"},
    "dask": set(),
    "jinja2": {"showing/html/__init__.py"},
    "markupsafe": {"showing/html/__init__.py"},
}


def modules() -> list[Path]:
    return sorted(ENGINE.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Names of imported modules; ours as `.room`, from the engine's root."""
    depth = len(path.relative_to(ENGINE).parts) - 1
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level > depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (("." + str(name).partition(".")[0], node.lineno) for name in names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_imports_run_one_way(path: Path) -> None:
    parts = path.relative_to(ENGINE).parts
    if len(parts) == 1:
        return
    allowed = MAY_IMPORT[parts[0]] | {parts[0]}
    crossed = [(name, line) for name, line in imports(path) if name.startswith(".") and name[1:] not in allowed]
    assert not crossed, f"{path.relative_to(ROOT)} reaches into {crossed}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_only_one_module_names_each_engine(path: Path) -> None:
    here = str(path.relative_to(ENGINE))
    named = [name for name, _ in imports(path) if name in FOREIGN and here not in FOREIGN[name]]
    assert not named, f"{here} names {named}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_no_name_of_hardware_in_code(path: Path) -> None:
    """A GPU, a vendor or an engine in a comparison is a missing fact or rule."""
    words = {"nvidia", "amd", "apple", "intel", "rtx_3090", "rtx_4090", "rtx_5090", "vllm", "ollama", "llama_cpp"}
    if path.parts[-2] in ("detect", "ingest", "models") or "measuring" in path.parts:
        return  # readers of other tools' output know the names these tools print
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Compare):
            constants = {
                one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
            }
            assert not constants & words, f"{path.relative_to(ROOT)}:{node.lineno} compares with {constants & words}"


def test_the_walk_sees_a_crossed_wall(tmp_path: Path) -> None:
    """The test above can fail: a reach from costs into reading is seen."""
    source = ast.parse("from ..reading import load_knowledge")
    node = source.body[0]
    assert isinstance(node, ast.ImportFrom) and node.level == 2 and node.module not in MAY_IMPORT["costs"]
