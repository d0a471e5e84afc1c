"""Every field of a real answer changed, one at a time: the checker finds each change that is not listed as no content.

The forms of a field (its place without numbers and names) are what is counted: of each a field is drawn, and changed in
every way that its type allows. `make soak` draws all forms, an ordinary run some of them.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from engine.advice.recommend import recommend
from engine.advice.verify import Checker, faults_of, verify
from engine.checking.scenario import read_scenario
from engine.reading import Knowledge

Document = dict[str, Any]
Place = tuple[Any, ...]
Form = tuple[str, ...]
SEED = 20261125
DRAWN = 10_000 if os.environ.get("RIGWISE_SOAK") else 12

# Forms that no check can judge, each with the reason.
NOT_CONTENT: dict[Form, str] = {
    (
        "digest",
        "str",
    ): "the seal of the whole: `verify` looks at it, what is asked here is whether the sense is checked",
    ("scenario", "rig", "network_gbit_s", "NoneType"): "the network of a single machine: nothing rests on it",
}

ASKED = {
    "rig": {"gpus": [{"gpu": "rtx_3090", "count": 2}], "pcie": {"gen": 4, "lanes": 8}},
    "workload": {"model": "qwen3_32b", "quantization": "fp8", "engine": "vllm",
                 "parallelism": {"tensor": 2, "pipeline": 1, "replicas": 1}, "context_tokens": 4096},
    "goal": {"optimize": "latency", "budget_usd": 500},
}  # fmt: skip


@pytest.fixture(scope="module")
def saved(knowledge: Knowledge) -> Document:
    return dict(json.loads(json.dumps(recommend(dict(read_scenario(ASKED)), knowledge))))


def fields(value: Any, place: Place = (), form: Form = ()) -> Iterator[tuple[Place, Form]]:
    """Every value of a document with its place and the form of that place."""
    yield place, (*form, type(value).__name__)
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from fields(inner, (*place, name), (*form, shape(place, form, name, inner)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from fields(inner, (*place, number), (*form, "*"))


def shape(place: Place, form: Form, name: str, inner: Any) -> str:
    """A name as it stands in a form: that of a node is its kind, those of facts, inputs and keys are all alike."""
    if place == ("proofs",):
        return f"{inner['kind']} {'fact' if 'fact' in inner else 'value'}"
    alike = {"fact", "inputs", "computed", "gpus", "models", "engines", "quantizations", "options", "references"}
    return "#" if form and form[-1] in alike else name


def changes(value: Any) -> Iterator[tuple[str, Any]]:
    """What can be done to a value: another one of its type, one of another type, nothing in it."""
    if isinstance(value, bool):
        yield "turned", not value
    elif isinstance(value, int | float):
        yield "more", value * 1.5 + 1
        yield "text", str(value)
    elif isinstance(value, str):
        yield "another text", f"{value}x"
        yield "number", 7
    elif isinstance(value, list):
        yield from [("emptied", []), ("one less", value[:-1])] if value else [("filled", ["x"])]
    elif isinstance(value, dict):
        yield from [("emptied", {})] if value else [("filled", {"x": 1})]
    if value is not None:
        yield "nothing", None
    else:
        yield "something", 7


def unseen(document: Document, knowledge: Knowledge, place: Place) -> list[str]:
    """The changes of a field that the checker does not find."""
    parent = document
    for name in place[:-1]:
        parent = parent[name]
    before = parent[place[-1]]
    found = []
    ways = [*changes(before), ("dropped", ...)] if isinstance(parent, dict) else list(changes(before))
    for way, value in ways:
        if value is ...:
            del parent[place[-1]]
        else:
            parent[place[-1]] = value
        try:
            if next(faults_of(document, knowledge), None) is None:
                found.append(f"{'.'.join(map(str, place))}: {way}")
        finally:
            parent[place[-1]] = before
    return found


def drawn(document: Document) -> list[tuple[Place, Form]]:
    """One field of each form, or of some."""
    chance = random.Random(SEED)
    forms: dict[Form, list[Place]] = {}
    for place, form in fields(document):
        if place and place not in (("schema",), ("proofs",)):
            forms.setdefault(form, []).append(place)
    kept = sorted(form for form in forms if form not in NOT_CONTENT)
    return [(chance.choice(forms[form]), form) for form in chance.sample(kept, min(DRAWN, len(kept)))]


def test_the_answer_holds_as_it_is(saved: Document, knowledge: Knowledge) -> None:
    found = verify(saved, knowledge)
    assert found["faults"] == []
    assert found["knowledge"] == "compared"


def test_every_field_that_is_changed_is_found(saved: Document, knowledge: Knowledge) -> None:
    missed = [one for place, _ in drawn(saved) for one in unseen(saved, knowledge, place)]
    assert missed == []


def test_any_change_at_all_breaks_the_seal(saved: Document) -> None:
    assert verify(saved)["holds"]
    saved["scenario"]["rig"]["network_gbit_s"] = 10
    try:
        assert [one["at"] for one in verify(saved)["faults"]] == ["digest"]
    finally:
        saved["scenario"]["rig"]["network_gbit_s"] = None


def below(document: Document, roots: set[str]) -> set[str]:
    """The nodes that some nodes rest on, with them."""
    found, waiting, checker = set[str](), list(roots), Checker(document["proofs"])
    while waiting:
        name = waiting.pop()
        if name not in found and name in document["proofs"]:
            found.add(name)
            waiting += checker.below(document["proofs"][name])
    return found


def words_of(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from words_of(inner)
    elif isinstance(value, str):
        yield value


def test_a_conclusion_left_out_with_all_that_it_alone_rests_on_is_found(saved: Document, knowledge: Knowledge) -> None:
    """All of them in `make soak`."""
    rows = saved["conclusions"]
    for number in sorted(random.Random(SEED).sample(range(len(rows)), min(len(rows), max(2, DRAWN // 10)))):
        told = {name: value for name, value in saved.items() if name != "proofs"}
        told["conclusions"] = rows[:number] + rows[number + 1 :]
        kept = below(saved, set(words_of(told)) & set(saved["proofs"]))
        forged = told | {"proofs": {name: node for name, node in saved["proofs"].items() if name in kept}}
        found = next(faults_of(forged, knowledge), None)
        assert found is not None, rows[number]["id"]


def test_what_follows_is_told_by_name_and_what_follows_from_nothing_too(saved: Document, knowledge: Knowledge) -> None:
    """Two conclusions left out with all their nodes; a bottleneck that is another."""
    gone = [row["id"] for row in saved["conclusions"][:2]]
    told = {name: value for name, value in saved.items() if name != "proofs"}
    told["conclusions"] = saved["conclusions"][2:]
    kept = below(saved, set(words_of(told)) & set(saved["proofs"]))
    forged = told | {"proofs": {name: node for name, node in saved["proofs"].items() if name in kept}}
    said = " ".join(one["says"] for one in faults_of(forged, knowledge))
    assert all(f"leave out {one}, which follows" in said for one in gone)
    other = {**saved, "bottlenecks": saved["bottlenecks"][:1]}
    assert any(one["at"] == "bottlenecks" for one in faults_of(other, knowledge))


def test_what_once_passed_unseen(saved: Document, knowledge: Knowledge) -> None:
    """An option without a proof, conditions that held left out, a number of an assumption told as text."""
    reasoned = next(n for n, row in enumerate(saved["options"]) if row["why_not"] and row["why_not"]["held"])
    limit = next(n for n, row in enumerate(saved["assumptions"]) if row["path"].startswith("rig.gpus.power_limit_w"))
    places: list[Place] = [
        ("options", 3, "proof"),
        ("options", reasoned, "why_not", "held"),
        ("assumptions", limit, "value"),
    ]
    assert [one for place in places for one in unseen(saved, knowledge, place)] == []


def test_what_is_no_content_is_there(saved: Document) -> None:
    forms = {form for _, form in fields(saved)}
    assert sorted(set(NOT_CONTENT) - forms) == []
