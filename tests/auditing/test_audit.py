"""Verdicts on the claims of the interface page, their document, and files of claims that are no claims."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from cli import main
from engine.auditing.audit import audit
from engine.auditing.claims import claims_of_files
from engine.auditing.proofs import below
from engine.paths import SCHEMAS
from engine.reading import Knowledge

INTERFACE = """
- id: A068
  source: thinksmart_3090_rig_upgrade
  quote: "RTX 4090 achieves approximately 52 tok/s on Llama 3.1 70B Q4"
  claim:
    {kind: measurement, gpu: rtx_4090, count: 1, model: llama_3_1_70b, quantization: q4_k_m, metric: decode_tok_s,
     value: 52}
- claim: {kind: attribute, subject: rtx_4090, attribute: nvlink, value: true}
- claim: {kind: attribute, subject: rtx_3090, attribute: nvlink_total_gb_s, value: 112}
- claim: {kind: size, what: weights, model: llama_3_1_70b, quantization: q2_k, value: 18, unit: gb}
- claim: {kind: size, what: kv_cache, model: llama_3_1_8b, tokens: 131072, value: 20, unit: gb, relation: at_least}
- claim: {kind: ratio, from: 42, to: 52, states_percent: 19}
- claim: {kind: arithmetic, expression: "4 * 936", states: 3744}
- claim:
    kind: gain
    option: nvlink_bridges
    scenario: {rig: {gpus: [{gpu: rtx_3090, count: 2}]}, workload: {model: qwq_32b, quantization: fp8, engine: vllm}}
    metric: decode_tok_s
    states_percent: 48
- claim: {kind: fits, gpu: rtx_3090, count: 4, model: command_r_plus_104b, quantization: q4_k_m, value: false}
"""
WANTED = [
    "impossible", "contradicted", "supported", "contradicted", "contradicted", "contradicted", "supported",
    "contradicted", "contradicted",
]  # fmt: skip


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.enable()


@pytest.fixture(scope="module")
def document(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("claims") / "claims.yaml"
    path.write_text(INTERFACE, "utf-8")
    return audit(claims_of_files([path]), knowledge)


def test_the_claims_of_the_interface(document: dict[str, Any]) -> None:
    assert [row["verdict"] for row in document["claims"]] == WANTED


def test_the_document_has_its_form(document: dict[str, Any]) -> None:
    schema = json.loads((SCHEMAS / "output" / "audit.schema.json").read_text("utf-8"))
    jsonschema.validate(document, schema)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_every_verdict_goes_back_to_the_knowledge(document: dict[str, Any]) -> None:
    """The walk from each verdict meets no missing node, and ends in what was given: places of files and of claims."""
    proofs = document["proofs"]
    for row in document["claims"]:
        waiting, seen, origins = [row["proof"]], set(), set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            origins.add(str(proofs[name].get("origin", "")))
            waiting += below(proofs[name])
        assert any("claims.yaml" in one for one in origins)
        kind = row["id"] == "A068" or "KV cache" in row["says"] or "NVLink of" in row["says"]
        assert not kind or any(one.startswith("knowledge/") for one in origins)


def test_sentences_tell_what_is_stated_and_what_is_found(document: dict[str, Any]) -> None:
    rows = document["claims"]
    assert "52 tok/s" in rows[0]["says"] and rows[0]["found"]["at_most"] == pytest.approx(23.99, abs=0.1)
    assert rows[1]["stated"] is True and rows[1]["found"] is False
    assert rows[2]["found"] == pytest.approx(112.5)
    assert rows[3]["found"] == pytest.approx(26.4, abs=0.1)
    assert rows[4]["found"] == pytest.approx(17.18, abs=0.01)
    assert rows[5]["found"] == pytest.approx(23.81, abs=0.01)


def test_disputed_values_are_told(document: dict[str, Any]) -> None:
    nvlink, gain = document["claims"][1]["conflicts"], document["claims"][7]["conflicts"]
    assert nvlink[0]["about"] == "nvlink.reach of rtx_4090"
    assert any("thinksmart_3090_rig_upgrade" in one and "dropped" in one for one in nvlink[0]["evidence"])
    assert any("reddit_1t6susj" in one for one in gain[0]["evidence"])


def test_the_order_of_claims_changes_no_verdict(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(INTERFACE, "utf-8")
    turned = audit(claims_of_files([path])[::-1], knowledge)["claims"]
    assert [row["verdict"] for row in turned] == WANTED[::-1]


def run(text: str, tmp_path: Path, *more: str) -> Any:
    path = tmp_path / "claims.yaml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return CliRunner().invoke(main, ["audit", str(path), *more])


def test_exit_codes_and_formats(tmp_path: Path) -> None:
    good = '- claim: {kind: arithmetic, expression: "4 * 936", states: 3744}\n'
    bad = '- claim: {kind: arithmetic, expression: "4 * 936", states: 3644}\n'
    unknown = "- claim: {kind: attribute, subject: rtx_9090, attribute: nvlink, value: true}\n"
    assert run(good, tmp_path).exit_code == 0
    assert run(bad, tmp_path).exit_code == 1
    assert run(unknown, tmp_path).exit_code == 0
    told = run(unknown, tmp_path, "--format", "json")
    row = json.loads(told.output)["claims"][0]
    assert row["verdict"] == "unverifiable" and "rtx_9090" in row["says"] and row["found"] is None
    assert "| claim | verdict |" in run(good, tmp_path, "--format", "markdown").output


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- claim: {kind: attribute, subjct: rtx_3090, attribute: nvlink, value: true}\n", 1, "subject"),
        ("- claim: {kind: atribute, subject: rtx_3090, attribute: nvlink, value: true}\n", 1, "attribute"),
        ("- claim: {kind: attribute, subject: rtx_3090, attribute: nvlink}\n", 1, "value"),
        ("- id: a\n  quote: b\n", 1, "claim"),
        ("claim: {kind: attribute}\n", None, "list"),
        ("- 3\n", 1, ""),
        ("", None, ""),
        ("- claim: {kind: size, what: weights, model: qwq_32b, quantization: fp8, value: -3}\n", 1, "value"),
        ("- claim: {kind: size, what: weights, model: qwq_32b, quantization: fp8, value: .nan}\n", 1, ""),
        ("- claim: {kind: size, what: weights, model: qwq_32b, quantization: fp8, value: 3, unit: w}\n", 1, "unit"),
        ("- claim: {kind: size, what: weights, model: qwq_32b, value: 3}\n", 1, "quantization"),
        ("- claim: {kind: size, what: kv_cache, model: qwq_32b, value: 3}\n", 1, "tokens"),
        ("- claim: {kind: attribute, subject: rtx_3090, attribute: tdp, value: 350, unit: GB}\n", 1, "unit"),
        ("- claim: {kind: attribute, subject: rtx_3090, attribute: tdp_w, value: true}\n", 1, "number"),
        ("- claim: {kind: attribute, subject: rtx_3090, attribute: memory_bandwidth_gb_s, value: fast}\n", 1, "number"),
        ("- claim: {kind: attribute, subject: rtx_3090, attribute: fp8_support, value: 3}\n", 1, "true or false"),
        ('- claim: {kind: arithmetic, expression: "open(1)", states: 3}\n', 1, "arithmetic"),
        ('- claim: {kind: arithmetic, expression: "1 < 2", states: 3}\n', 1, "true or false"),
        ("- claim: {kind: ratio, from: 0, to: 3, states_percent: 3}\n", 1, "from"),
        ("- claim: {kind: proportion, rows: [[1, 2], [1, 2]], row: 5}\n", 1, "row"),
        ("- claim: {kind: measurement, gpu: rtx_3090, model: qwq_32b, metric: speed, value: 3}\n", 1, "metric"),
        ("- claim: {kind: fits, gpu: rtx_3090, model: qwq_32b, value: true, scenario: {rig: 3}}\n", 1, "rig"),
        ("- claim: {kind: fits, gpu: rtx_3090, count: 0, model: qwq_32b, value: true}\n", 1, "count"),
        ("- {id: a, claim: {kind: divides, model: qwq_32b, size: 4, value: true}}\n"
         "- {id: a, claim: {kind: divides, model: qwq_32b, size: 4, value: true}}\n", 2, "a"),
        ("- claim: {kind: attribute, subject: rtx_3090\n", None, ""),
        ("- claim: \udcff\n", None, "UTF-8"),
        ("- claim: {kind: attribute, subject: rtx_3090, attribute: nvlink, value: true}\x00\n", None, ""),
    ],
)  # fmt: skip
def test_what_is_no_claim_is_refused_with_its_place(text: str, line: int | None, words: str, tmp_path: Path) -> None:
    told = run(text, tmp_path)
    assert told.exit_code == 2, told.output
    assert "claims.yaml" in told.output and words in told.output and "Traceback" not in told.output
    assert line is None or f"claims.yaml:{line}:" in told.output


def test_a_claim_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    text = """
- {id: good, claim: {kind: arithmetic, expression: "4 * 936", states: 3744}}
- {id: unit, claim: {kind: attribute, subject: rtx_3090, attribute: tdp, value: 350, unit: GB}}
- {id: field, claim: {kind: attribute, subjct: rtx_3090, attribute: nvlink, value: true}}
- 3
- {id: good, claim: {kind: arithmetic, expression: "4 * 936", states: 3}}
- {id: wrong, claim: {kind: arithmetic, expression: "5 * 936", states: 3}}
"""
    told = run(text, tmp_path, "--format", "json")
    document = json.loads(told.output)
    jsonschema.validate(document, json.loads((SCHEMAS / "output" / "audit.schema.json").read_text("utf-8")))
    rows = document["claims"]
    assert told.exit_code == 2
    assert [row["verdict"] for row in rows] == ["supported", *["unverifiable"] * 4, "inconsistent"]
    places = [row["problem"]["place"].partition("claims.yaml:")[2].split(":")[0] for row in rows if "problem" in row]
    assert places == ["3", "4", "5", "6"]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        told = CliRunner().invoke(main, ["audit", str(path)])
        assert told.exit_code == 2 and "hint" in told.output
