"""The schemas: keywords that editors and both validator classes understand alike; our own answers hold to them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from engine.checking.kinds import BY_KIND
from engine.checking.quick_shape import fits
from engine.checking.schemas import load, output_validator, validator
from engine.grounding.moves import MOVES
from engine.reading import parse, plain
from engine.reading.claims import CLAIM_FIELDS

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
SCHEMAS = sorted((ROOT / "schemas").rglob("*.schema.json"))
KEYWORDS = {
    "$schema", "$ref", "$defs", "title", "description", "type", "enum", "const", "properties", "required", "items",
    "additionalProperties", "propertyNames", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "allOf", "if", "then", "else",
}  # fmt: skip


def subschemas(node: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(node, dict):
        return
    yield node
    for word in ("items", "additionalProperties", "propertyNames", "if", "then", "else", "not"):
        yield from subschemas(node.get(word))
    for word in ("properties", "$defs"):
        for child in node.get(word, {}).values():
            yield from subschemas(child)
    for child in node.get("allOf", ()):
        yield from subschemas(child)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_schemas_are_schemas_of_the_common_keywords(path: Path) -> None:
    schema = json.loads(path.read_text("utf-8"))
    Draft7Validator.check_schema(schema)
    Draft202012Validator.check_schema(schema)
    for each in subschemas(schema):
        assert set(each) <= KEYWORDS, set(each) - KEYWORDS
        assert "$ref" not in each or len(each) == 1, each


@pytest.mark.parametrize("path", sorted(HERE.rglob("*/*/*.yaml")), ids=lambda path: path.stem)
def test_both_drafts_find_the_same(path: Path) -> None:
    name = BY_KIND.get(path.parent.name)
    node, _ = parse(path.read_bytes(), path.name)
    if name is None:
        return
    found = [
        sorted(
            (list(map(str, error.absolute_path)), error.message) for error in validator(name, draft).iter_errors(node)
        )
        for draft in (Draft7Validator, Draft202012Validator)
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "path", [*sorted(HERE.rglob("*/*/*.yaml")), *sorted((ROOT / "knowledge").rglob("*.yaml"))[::7]], ids=str
)
def test_the_quick_look_agrees_with_jsonschema(path: Path) -> None:
    """On the file, and on the file with each value changed, dropped or joined by another in turn."""
    name = BY_KIND.get(path.parent.name)
    node = plain(parse(path.read_bytes(), path.name)[0])
    if name is None or node is None:
        return
    chance = random.Random(path.name)
    for _ in range(25):
        assert fits(name, node) == validator(name).is_valid(node), node
        node = changed(plain(parse(path.read_bytes(), path.name)[0]), chance)


def changed(node: Any, chance: random.Random) -> Any:
    """The document with one thing changed somewhere."""
    odd = [
        None,
        True,
        False,
        0,
        1,
        -1,
        2.0,
        0.5,
        "",
        "x",
        "X y",
        "a\n",
        "2020-01-01",
        [],
        {},
        [1],
        {"value": 1},
        [{"value": "x"}],
    ]
    if isinstance(node, dict) and node and chance.random() < 0.85:
        name = chance.choice(list(node))
        choice = chance.random()
        if choice < 0.1:
            return {other: value for other, value in node.items() if other != name}
        if choice < 0.2:
            return {**node, chance.choice(["value", "source", "zzz", "note", "Bad Name"]): chance.choice(odd)}
        return {**node, name: changed(node[name], chance)}
    if isinstance(node, list) and node and chance.random() < 0.85:
        at = chance.randrange(len(node))
        return [*node[:at], changed(node[at], chance), *node[at + 1 :]]
    return chance.choice(odd)


def test_claims_are_the_same_in_schema_and_code() -> None:
    assert set(load("value")["$defs"]["claim"]["properties"]) == CLAIM_FIELDS


def test_steps_in_the_schema_are_moves() -> None:
    for name in ("option", "comparison"):
        steps = load(name)["properties"]["change"]["items"]["properties"]
        assert set(steps) <= set(MOVES)


def test_every_entry_names_its_schema_to_editors() -> None:
    for path in (ROOT / "knowledge").glob("*/*.yaml"):
        first = path.read_text("utf-8").split("\n", 1)[0]
        if first.startswith("# yaml-language-server"):
            assert first.endswith(f"schemas/{BY_KIND.get(path.parent.name)}.schema.json"), path


def test_an_answer_holds_to_its_schema() -> None:
    answer = pytest.importorskip("engine.advice.recommend")
    from engine.checking.scenario import read_scenario
    from engine.reading import load_knowledge

    asked = read_scenario(ROOT / "examples" / "4x3090_vllm.yaml")
    document = json.loads(json.dumps(answer.Answer(asked, load_knowledge()).recommendation()))
    errors = [
        f"{list(error.absolute_path)}: {error.message}"
        for error in output_validator("recommendation").iter_errors(document)
    ]
    assert errors == []
