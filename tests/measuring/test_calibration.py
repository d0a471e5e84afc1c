"""The fit of the free constants: arrays agree with formulas, the same bytes each time, own runs move what they tell."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from jsonschema import Draft7Validator

from engine.checking import validate
from engine.errors import BadInput
from engine.measuring.calibration.ablation import TERMS, ablation
from engine.measuring.calibration.calibrate import calibrated, newest
from engine.measuring.calibration.fit import Problem, weights_of
from engine.measuring.calibration.free import free_constants
from engine.measuring.calibration.recording import Recording, record
from engine.measuring.calibration.refit import refitted
from engine.measuring.calibration.telling import document
from engine.measuring.calibration.unseen import unseen
from engine.measuring.calibration.writing import spelled, text_of
from engine.measuring.rows import Row, read_rows
from engine.paths import KNOWLEDGE, SCHEMAS
from engine.reading import Knowledge, load_knowledge

SOURCES = {"S03": 4, "S18": 4, "S22": 6, "S31": 4, "S01": 6, "S11": 5, "S16": 4}


@lru_cache(maxsize=1)
def known() -> Knowledge:
    return load_knowledge()


@lru_cache(maxsize=1)
def some() -> tuple[Row, ...]:
    left = dict(SOURCES)
    found = []
    for row in read_rows(KNOWLEDGE / "measurements" / "published.csv"):
        if left.get(row.cell("source_id"), 0) and not row.cell("spec_decode"):
            left[row.cell("source_id")] -= 1
            found.append(row)
    return tuple(found)


@lru_cache(maxsize=1)
def recorded() -> Recording:
    return record(some(), known())


def test_the_tape_finds_what_the_rules_found() -> None:
    tape = recorded().tape
    assert len(recorded().rows) > 20
    assert np.allclose(tape.run({}), tape.values, rtol=1e-12, equal_nan=True)


def test_another_constant_gives_other_numbers_and_a_part_of_the_steps_suffices() -> None:
    recording = recorded()
    one = free_constants(known().calibration)[0]
    changed = dict(one.changed(one.prior * 0.5))
    whole = recording.tape.run(changed)
    part = recording.tape.part(place.path for place in one.places)
    assert np.allclose(recording.tape.changed(recording.tape.values, part, changed), whole, equal_nan=True)
    decode = [place for place, row in enumerate(recording.rows) if row.metric == "decode_tok_s"]
    before, after = (recording.logs(values)[decode] for values in (recording.tape.values, whole))
    assert (after < before).all()


def test_constants_that_made_the_measurements_are_found_again() -> None:
    recording = recorded()
    problem = Problem(recording, free_constants(known().calibration), known().calibration["noise"])
    truth = problem.prior.copy()
    names = [one.name for one in problem.free]
    place = names.index("memory_efficiency")
    truth[place] += -0.2
    made = recording.logs(problem.values(truth))
    problem.measured = made
    problem.noise = np.full(len(made), 0.01)
    found = problem.fit()
    assert found.logs[place] == pytest.approx(truth[place], abs=0.06)


def test_alike_rows_of_a_group_count_as_one_to_two() -> None:
    rows = [row for row in some() if row.cell("source_id") == "S22"]
    assert 1 <= weights_of(rows).sum() <= 2 * len({(row.group, row.metric) for row in rows})


def test_the_same_measurements_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (text_of(calibrated(some(), known(), None).entry) for _ in (1, 2))
    assert first == second
    entry = yaml.safe_load(first)
    assert entry["fitted"] == newest(some())
    schema = json.loads((SCHEMAS / "calibration.schema.json").read_text("utf-8"))
    free = entry["free"][0]
    assert free["low"] < free["value"] < free["high"] and free["groups"] >= 3
    assert "free" in schema["properties"]


def test_own_runs_move_what_they_tell_and_nothing_else(tmp_path: Path) -> None:
    usual = next(row for row in some() if row.metric == "decode_tok_s" and row.cell("tp") == "1")
    before = math.exp(record([usual], known()).logs(record([usual], known()).tape.values)[0])
    mine = Row("own", usual.metric, before * 0.8, {**usual.cells, "value": str(before * 0.8), "source_id": "own"})
    found = refitted([mine], known(), "2026-11-01")
    (tmp_path / "calibration.yaml").write_text(text_of(found.entry), encoding="utf-8")
    assert not [str(one) for one in validate([tmp_path])]
    after = record([mine], load_knowledge([tmp_path]))
    predicted = math.exp(after.logs(after.tape.values)[0])
    assert before * 0.79 < predicted < before * 0.9
    told = document(found, known().calibration, None)
    schema = json.loads((SCHEMAS / "output" / "calibration.schema.json").read_text("utf-8"))
    assert list(Draft7Validator(schema).iter_errors(told)) == []
    moved = {(one["of"], one["attribute"]) for one in told["constants"] if one["value"] != pytest.approx(one["before"])}
    assert moved and not any("link_constants" in name or attribute == "hop" for name, attribute in moved)


def test_a_group_is_predicted_without_itself() -> None:
    recording, predicted, spread = unseen(some(), known())
    problem = Problem(recording, free_constants(known().calibration), known().calibration["noise"])
    seen = problem.fit().predicted
    assert (spread > 0).all()
    assert np.abs(predicted - recording.measured).mean() > np.abs(seen - recording.measured).mean()


def test_a_term_left_out_does_nothing_and_its_metric_suffers() -> None:
    found = ablation(some(), known())
    without = {one["term"]: one["error"] for one in found["without"]}
    assert without["latency of all-reduces"]["allreduce_latency_us"] > 2 * found["whole"]["allreduce_latency_us"]
    assert without["overhead of each layer"]["allreduce_latency_us"] == pytest.approx(
        found["whole"]["allreduce_latency_us"], abs=0.02
    )


def test_every_constant_of_an_ablation_is_a_free_one() -> None:
    names = {one.name for one in free_constants(known().calibration)}
    assert {name for term in TERMS.values() for name in term} <= names


def test_runs_that_cannot_be_predicted_are_refused() -> None:
    odd = Row("X", "decode_tok_s", 1.0, {"gpu": "no such card", "model": "none", "metric": "decode_tok_s"})
    with pytest.raises(BadInput, match="none of the measurements"):
        refitted([odd], known(), None)


def test_numbers_are_written_as_yaml_reads_them() -> None:
    for value in (4e-5, 1.0, 0.123456, 5e8, 3.26e11):
        assert yaml.safe_load(spelled(value)) == pytest.approx(value, rel=1e-3)
        assert isinstance(yaml.safe_load(spelled(value)), float)
