"""Every formula is a handbook entry: what its docstring says is held against its signature."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from doctest import DocTestParser
from pathlib import Path
from subprocess import run
from types import ModuleType

import pytest

from engine import costs
from engine.costs import FORMULAS, MODULES
from engine.paths import HOME

UNIT = r"\[[^\[\]]+\]"
PARAMETER = re.compile(rf"(?:^|\s)(\w+): [^\[\]]*{UNIT}\.")
OWNED = {name for module in MODULES for name in module.__all__}

formulas = pytest.mark.parametrize("formula", [pytest.param(f, id=name) for name, f in sorted(FORMULAS.items())])


def parts(formula: Callable[..., object]) -> list[str]:
    """The paragraphs of a docstring."""
    return inspect.cleandoc(formula.__doc__ or "").split("\n\n")


def described(formula: Callable[..., object]) -> list[str]:
    """Parameters in the order in which the docstring describes them, each with a unit."""
    paragraphs = parts(formula)
    start = next(i for i, text in enumerate(paragraphs) if text.startswith(".. math::"))
    end = next(i for i, text in enumerate(paragraphs) if text.startswith("Valid for:"))
    return PARAMETER.findall(" ".join(paragraphs[start + 1 : end]))


@formulas
def test_parameters_are_those_of_the_signature(formula: Callable[..., object]) -> None:
    assert sorted(described(formula)) == sorted(inspect.signature(formula).parameters)


@formulas
def test_parts(formula: Callable[..., object]) -> None:
    text = inspect.cleandoc(formula.__doc__ or "")
    summary = text.split("\n\n")[0]
    assert re.search(rf"{UNIT}\.$", summary), "the first sentence ends with the unit of the result"
    assert re.search(r"^\.\. math:: \S", text, re.MULTILINE), "the formula itself"
    assert re.search(r"^Valid for: \S", text, re.MULTILINE), "where it holds"
    assert re.search(r"^Source: \S", text, re.MULTILINE), "where it comes from"


@formulas
def test_one_worked_example_with_a_result(formula: Callable[..., object]) -> None:
    examples = DocTestParser().get_examples(formula.__doc__ or "")
    assert any(example.source.startswith(formula.__name__ + "(") and example.want for example in examples)


@formulas
def test_every_parameter_can_be_named(formula: Callable[..., object]) -> None:
    signature = inspect.signature(formula)
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    assert kinds == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    assert "" not in {str(parameter.annotation) for parameter in signature.parameters.values()}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_all_names_the_public_functions(module: ModuleType) -> None:
    here = {name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    functions = {name for name in here if inspect.isfunction(getattr(module, name)) and not name.startswith("_")}
    assert sorted(module.__all__) == sorted(functions)


def test_no_name_stands_for_two_formulas() -> None:
    assert len(FORMULAS) == sum(len(module.__all__) for module in MODULES)
    assert all(FORMULAS[name].__name__ == name for name in OWNED)


def test_every_file_with_formulas_is_listed() -> None:
    folder = Path(costs.__file__).parent
    with_formulas = {path.stem for path in folder.glob("[!_]*.py") if "__all__ = " in path.read_text(encoding="utf-8")}
    assert with_formulas == {module.__name__.rpartition(".")[2] for module in MODULES}


def test_import_brings_nothing_along() -> None:
    """Formulas are imported with every command: the modules they pull in stay those of the interpreter's core."""
    script = "import engine.costs, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = run(
        [sys.executable, "-S", "-c", script], cwd=HOME, capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"numpy", "yaml", "click", "inspect", "dataclasses", "json", "importlib_metadata"}
    assert not heavy & set(loaded)
