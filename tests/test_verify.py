"""The checker: a true answer holds, an answer changed in any field that carries meaning does not."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from engine.advice.recommend import Answer
from engine.advice.verify import faults_of, holds, verify
from engine.checking.scenario import read_scenario
from engine.costs import FORMULAS
from engine.errors import BadInput, RigwiseError
from engine.reading import Knowledge, plain, read_yaml

ROOT = Path(__file__).resolve().parent.parent
Document = dict[str, Any]
Place = tuple[Any, ...]
SEED = 20261123
SOAK = bool(os.environ.get("RIGWISE_SOAK"))


@pytest.fixture(scope="module")
def answer(knowledge: Knowledge) -> Answer:
    asked = plain(read_yaml(ROOT / "examples/4x3090_vllm.yaml"))
    return Answer(dict(read_scenario(asked)), knowledge)


@pytest.fixture(scope="module")
def saved(answer: Answer) -> Document:
    return dict(json.loads(json.dumps(answer.recommendation())))


def at(document: Document, place: Place) -> Any:
    found: Any = document
    for name in place:
        found = found[name]
    return found


def changed(document: Document, place: Place, value: Any) -> bool:
    """Whether the checker finds the change of one field; the document is as before afterwards."""
    parent, before = at(document, place[:-1]), at(document, place)
    parent[place[-1]] = value
    try:
        return next(faults_of(document), None) is not None
    finally:
        parent[place[-1]] = before


OPPOSITE = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "in": "not in",
    "not in": "in",
    "divisible by": "not divisible by",
    "not divisible by": "divisible by",
}


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * 1.5 + 1
    for sign in sorted(OPPOSITE, key=len, reverse=True):
        left, found, right = str(value).partition(f" {sign} ")
        if found:
            return f"{left} {OPPOSITE[sign]} {right}"
    return f"{value}x"


def nodes(document: Document, kind: str) -> Iterator[tuple[Place, Document]]:
    for name, node in document["proofs"].items():
        if node["kind"] == kind:
            yield ("proofs", name), node


def computed_fields(field: str) -> Callable[[Document], list[Place]]:
    return lambda document: [(*place, field) for place, _ in nodes(document, "computed")]


def inputs(document: Document) -> list[Place]:
    return [
        (*place, "inputs", name)
        for place, node in nodes(document, "computed")
        for name, value in node["inputs"].items()
        if isinstance(value, str)
    ]


def checks(document: Document) -> list[Place]:
    return [
        (*place, "checks", number)
        for place, node in nodes(document, "derived")
        for number in range(len(node["checks"]))
    ]


def premises(document: Document) -> list[Place]:
    return [
        (*place, "premises", number)
        for place, node in nodes(document, "derived")
        for number in range(len(node["premises"]))
    ]


def used_values(document: Document) -> list[Place]:
    """Given numbers that some formula reads and would answer differently to."""
    proofs = document["proofs"]
    found = {}
    for _, node in nodes(document, "computed"):
        if all(isinstance(one, str) for one in node["inputs"].values()):
            values = {name: proofs[one].get("value") for name, one in node["inputs"].items()}
            for name, one in node["inputs"].items():
                if proofs[one]["kind"] in ("given", "assumed") and isinstance(values[name], int | float):
                    found[one] = found.get(one) or _answers_otherwise(node, {**values, name: other(values[name])})
    return [("proofs", one, "value") for one, matters in found.items() if matters]


def _answers_otherwise(node: Document, values: dict[str, Any]) -> bool:
    try:
        return bool(FORMULAS[node["formula"]](**values) != node["value"])
    except (RigwiseError, ArithmeticError, ValueError):
        return True


def numbers(field: str) -> Callable[[Document], list[Place]]:
    return lambda document: [
        ("estimate", name, field)
        for name, value in document["estimate"].items()
        if isinstance(value, dict) and "value" in value
    ]


def rows(section: str, field: str) -> Callable[[Document], list[Place]]:
    return lambda document: [
        (section, number, field) for number, row in enumerate(document[section]) if row.get(field) is not None
    ]


def effects(*fields: str) -> Callable[[Document], list[Place]]:
    return lambda document: [
        ("options", number, "effects", place, *fields)
        for number, row in enumerate(document["options"])
        for place in range(len(row["effects"]))
    ]


def memory(field: str) -> Callable[[Document], list[Place]]:
    return lambda document: [
        ("estimate", "memory", number, field)
        for number, row in enumerate(document["estimate"]["memory"])
        if row["used"]
    ]


def shares(document: Document) -> list[Place]:
    return [
        ("estimate", "shares", phase, term)
        for phase, terms in document["estimate"]["shares"].items()
        for term, share in terms.items()
        if share > 0.001
    ]


def costs(field: str) -> Callable[[Document], list[Place]]:
    return lambda document: [
        ("options", number, "cost_usd", field)
        for number, row in enumerate(document["options"])
        if row["cost_usd"] and row["cost_usd"].get("proof")
    ]


def told_computed(document: Document) -> list[Place]:
    """Attributes of derived facts that the rule computed."""
    return [
        (*place, "fact", name)
        for place, node in nodes(document, "derived")
        for name, value in node.get("fact", {}).items()
        if any(document["proofs"][one].get("value") == value for one in node.get("computed", {}).values())
        and isinstance(value, float)
    ]


def parts(field: str) -> Callable[[Document], list[Place]]:
    return lambda document: [
        ("times", phase, "parts", number, field)
        for phase, whole in document["times"].items()
        for number, _ in enumerate(whole["parts"])
    ]


def slots(field: str) -> Callable[[Document], list[Place]]:
    return lambda document: [
        ("topology", "cards", number, "pcie", field) for number, _ in enumerate(document["topology"]["cards"])
    ]


CLASSES: dict[str, Callable[[Document], list[Place]]] = {
    "value of a computed node": computed_fields("value"),
    "formula of a computed node": computed_fields("formula"),
    "input of a computed node": inputs,
    "text of a check": checks,
    "premise of a derived node": premises,
    "given value that a formula reads": used_values,
    "value of an estimate": numbers("value"),
    "proof of an estimate": numbers("proof"),
    "low of an estimate": numbers("low"),
    "high of an estimate": numbers("high"),
    "rank": rows("options", "rank"),
    "status": rows("options", "status"),
    "id of an option": rows("options", "id"),
    "proof of an option": rows("options", "proof"),
    "cost, low": costs("low"),
    "cost, high": costs("high"),
    "before": effects("before", "value"),
    "after": effects("after", "value"),
    "before, proof": effects("before", "proof"),
    "gain": effects("relative", "value"),
    "gain, low": effects("relative", "low"),
    "gain, high": effects("relative", "high"),
    "id of a conclusion": rows("conclusions", "id"),
    "proof of a conclusion": rows("conclusions", "proof"),
    "share of a bottleneck": rows("bottlenecks", "share"),
    "id of a bottleneck": rows("bottlenecks", "id"),
    "proof of a bottleneck": rows("bottlenecks", "proof"),
    "value of an assumption": rows("assumptions", "value"),
    "proof of an assumption": rows("assumptions", "proof"),
    "weights of a card": memory("weights_gb"),
    "cache of a card": memory("kv_cache_gb"),
    "room on a card": memory("free_gb"),
    "shares of the time": shares,
    "computed attribute of a derived fact": told_computed,
    "milliseconds of a part": parts("ms"),
    "share of a part": parts("share"),
    "speed of a slot": slots("gb_s"),
    "lanes of a slot": slots("lanes"),
}


def test_a_true_answer_holds(saved: Document) -> None:
    found = verify(saved)
    assert found["faults"] == []
    assert found["holds"]
    assert found["checked"] == len(saved["proofs"]) > 100


def test_a_true_estimate_holds(answer: Answer) -> None:
    assert verify(json.loads(json.dumps(answer.estimate_document())))["faults"] == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_kind_of_change_is_found(name: str, saved: Document) -> None:
    places = CLASSES[name](saved)
    assert places, "no such field in the answer"
    chosen = random.Random(f"{SEED}{name}").sample(places, min(8, len(places)))
    assert [place for place in chosen if not changed(saved, place, other(at(saved, place)))] == []


def test_random_changes_of_proofs_are_found(saved: Document) -> None:
    """200 in `make soak`."""
    chance = random.Random(SEED)
    makers = [
        CLASSES[name]
        for name in (
            "value of a computed node",
            "formula of a computed node",
            "input of a computed node",
            "premise of a derived node",
            "given value that a formula reads",
        )
    ]
    places = [chance.choice(chance.choice(makers)(saved)) for _ in range(200 if SOAK else 25)]
    assert [place for place in places if not changed(saved, place, other(at(saved, place)))] == []


def test_a_small_change_of_a_computed_value_is_found(saved: Document) -> None:
    places = [
        place for place in computed_fields("value")(saved) if isinstance(at(saved, place), float) and at(saved, place)
    ]
    for place in random.Random(SEED).sample(places, 20):
        assert changed(saved, place, at(saved, place) * (1 + 1e-6)), place


def test_a_fit_that_is_none_is_found(saved: Document) -> None:
    assert changed(saved, ("estimate", "fits"), not saved["estimate"]["fits"])


def test_a_rejected_option_cannot_be_sold_as_recommended(saved: Document) -> None:
    document = copy.deepcopy(saved)
    row = document["options"].pop()
    document["options"].insert(1, {**row, "status": "recommended", "cost_usd": {"low": 0, "high": 0}})
    for number, one in enumerate(document["options"], 1):
        one["rank"] = number
    assert not verify(document)["holds"]


def test_two_equal_looking_conclusions_cannot_change_places(saved: Document) -> None:
    first, second = saved["conclusions"][:2]
    assert changed(saved, ("conclusions", 0, "proof"), second["proof"])
    assert first["proof"] != second["proof"]


def test_a_missing_node_is_found(saved: Document) -> None:
    chance = random.Random(SEED)
    rested = sorted({one for _, node in nodes(saved, "derived") for one in node["premises"]})
    for name in chance.sample(rested, 10):
        node = saved["proofs"].pop(name)
        try:
            assert not verify(saved)["holds"], name
        finally:
            saved["proofs"][name] = node


def test_a_proof_that_rests_on_itself_is_found(saved: Document) -> None:
    place, _ = next(one for one in nodes(saved, "derived") if one[1]["premises"])
    assert changed(saved, (*place, "premises", 0), place[1])


def test_a_longer_circle_is_found(saved: Document) -> None:
    document = copy.deepcopy(saved)
    place, node = next(
        (place, node)
        for place, node in nodes(document, "derived")
        if any(document["proofs"][one]["kind"] == "derived" for one in node["premises"])
    )
    below = next(one for one in node["premises"] if document["proofs"][one]["kind"] == "derived")
    document["proofs"][below]["premises"].append(place[1])
    assert any("itself" in fault["says"] for fault in verify(document)["faults"])


@pytest.mark.parametrize("section", ["estimate", "options", "conclusions", "bottlenecks", "scenario", "verdict"])
def test_a_missing_section_is_found(section: str, saved: Document) -> None:
    document = {name: value for name, value in saved.items() if name != section}
    assert not verify(document)["holds"]


def test_a_missing_number_is_found(saved: Document) -> None:
    document = copy.deepcopy(saved)
    del document["options"][0]["effects"][0]["before"]
    assert not verify(document)["holds"]


DAMAGED: dict[str, tuple[Place, Any]] = {
    "options are a number": (("options",), 5),
    "an option is a number": (("options", 0), 5),
    "the estimate is a list": (("estimate",), [1]),
    "a value is text": (("estimate", "decode_tok_s", "value"), "fast"),
    "a value is null": (("estimate", "decode_tok_s", "value"), None),
    "before is zero": (("options", 0, "effects", 0, "before", "value"), 0),
    "effects are null": (("options", 0, "effects"), None),
    "conclusions are a mapping": (("conclusions",), {"a": 1}),
    "a bottleneck is empty": (("bottlenecks", 0), {}),
    "premises are a number": (("proofs", "x"), {"kind": "derived", "rule": "x", "premises": 5}),
    "inputs are a number": (("proofs", "x"), {"kind": "computed", "formula": "largest", "inputs": 3}),
    "the formula is a list": (("proofs", "x"), {"kind": "computed", "formula": ["largest"], "inputs": {}}),
    "a check is a number": (("proofs", "x"), {"kind": "derived", "rule": "x", "premises": [], "checks": [5]}),
    "a node is a number": (("proofs", "x"), 5),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_document_is_a_fault_of_the_document(name: str, saved: Document) -> None:
    place, value = DAMAGED[name]
    document = copy.deepcopy(saved)
    at(document, place[:-1])[place[-1]] = value
    with suppress(BadInput):
        assert not verify(document)["holds"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"schema": "rigwise/recommendation/1"},
        {"schema": "x", "proofs": {}},
        {"schema": "rigwise/recommendation/1", "proofs": []},
    ],
)
def test_what_is_no_answer_is_refused(document: Document) -> None:
    with pytest.raises(BadInput):
        verify(document)


@pytest.mark.parametrize(
    "document", [{"schema": "rigwise/recommendation/1", "proofs": {}}, {"schema": "rigwise/estimate/1", "proofs": {}}]
)
def test_an_empty_answer_does_not_hold(document: Document) -> None:
    assert not verify(document)["holds"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 > 1", True),
        ("1 > 3", False),
        ("40 divisible by 6", False),
        ("40 not divisible by 6", True),
        ("a in [a, b]", True),
        ("c not in [a, b]", True),
        ("true == true", True),
        ("1 == 1.0", True),
        ("x < 1", False),
        ("no comparison", False),
        ("", False),
    ],
)
def test_checks_are_read_as_written(text: str, expected: bool) -> None:
    assert holds(text) is expected


def test_another_layout_over_another_link_holds(knowledge: Knowledge) -> None:
    """What a setup differs by from its like cancels in a gain, in the answer and in the checker alike."""
    asked = {
        "rig": {"gpus": [{"gpu": "rtx_a6000", "count": 4}], "pcie": {"gen": 4, "lanes": 8}},
        "workload": {"model": "qwen3_32b", "quantization": "awq_int4", "engine": "vllm", "context_tokens": 16384,
                     "users": 4, "parallelism": {"tensor": 4, "pipeline": 1, "replicas": 1}},
        "goal": {"optimize": "throughput", "budget_usd": 3000},
    }  # fmt: skip
    answer = dict(json.loads(json.dumps(Answer(dict(read_scenario(asked)), knowledge).recommendation())))
    assert verify(answer, knowledge)["faults"] == []
    turns = [row for row in answer["assumptions"] if row["flips_at"].startswith("about ")]
    for row in turns:
        before = row["flips_at"]
        for told in ("about 3: single_gpu comes first", before.replace("about ", "about 7")):
            row["flips_at"] = told
            assert next(faults_of(answer), None) is not None
        row["flips_at"] = before
    assert turns


def test_parts_that_nobody_checks_and_options_out_of_their_order_are_seen(saved: Document) -> None:
    saved = copy.deepcopy(saved)
    saved["note"] = "Buy a 5090."
    saved["options"][0]["advert"] = saved["verdict"]["advert"] = saved["path"]["stop"]["advert"] = True
    saved["estimate"]["lacks"] = ["tdp of rtx_3090"]
    saved["model_file"] = {"key": "another", "unread": ["a part is damaged"]}
    derived = next(name for name, node in saved["proofs"].items() if node["kind"] == "derived")
    saved["proofs"][derived]["mark"] = "uncertain"
    saved["conclusions"] = saved["conclusions"][::-1]
    left = [row for row in saved["options"] if row["status"] == "rejected"]
    saved["options"] = [row for row in saved["options"] if row["status"] != "rejected"] + left[::-1]
    for number, row in enumerate(saved["options"], 1):
        row["rank"] = number
    said = [f"{one['at']}: {one['says']}" for one in verify(saved)["faults"]]
    assert "note: is no part of an answer" in said
    assert sum("advert: is no part of an answer" in one for one in said) == 3
    assert f"{derived}: its mark is no part of such a node" in said
    assert {"estimate.lacks", "model_file", "conclusions"} <= {one.partition(":")[0] for one in said}
    assert any("stand before some that gain more" in one for one in said)
