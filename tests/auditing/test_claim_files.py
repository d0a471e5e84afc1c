"""Files of claims as knowledge: ids once each, sources that exist."""

from __future__ import annotations

from pathlib import Path

from engine.asking.checking_files import checked_files
from engine.checking import validate

ITEM = '  claim: {kind: arithmetic, expression: "1 + 1", states: 2}\n'
OTHER = '  claim: {kind: arithmetic, expression: "1 + 2", states: 3}\n'


def codes(text: str, folder: Path) -> list[str]:
    (folder / "claims").mkdir()
    (folder / "claims" / "mine.yaml").write_text(text, "utf-8")
    return [found.code for found in validate([folder])]


def test_two_claims_of_one_id(tmp_path: Path) -> None:
    assert codes(f"- id: a\n{ITEM}- id: a\n{OTHER}", tmp_path) == ["X202"]


def test_claims_without_ids_are_as_many_as_they_are(tmp_path: Path) -> None:
    assert codes(f"- {ITEM.strip()}\n- {OTHER.strip()}\n", tmp_path) == []


def test_a_source_that_nobody_knows(tmp_path: Path) -> None:
    assert codes(f"- id: a\n  source: nobody\n{ITEM}", tmp_path) == ["X201"]


UNREADABLE = (
    ("{kind: attribute, subject: rtx_3900, attribute: tdp, value: 350}", "X214", 37, "rtx_3090"),
    ("{kind: attribute, subject: rtx_3090, attribute: tdp, value: 350, unit: GB}", "N413", 81, "W"),
    ("{kind: attribute, subject: rtx_3090, attribute: bandwith, value: 936}", "X214", 58, "memory_bandwidth"),
    ('{kind: arithmetic, expression: "1 +", states: 3}', "N413", 41, "brackets"),
    ("{kind: ratio, from: 0, to: 3, states_percent: 3}", "N413", 30, "base"),
    ("{kind: fits, gpu: rtx_3090, model: qwq_32c, value: true}", "X214", 45, "qwq_32b"),
    ("{kind: gain, option: nvlink_bridge, gpu: rtx_3090, count: 2, metric: ttft_ms, states_percent: 4}", "X214", 31,
     "nvlink_bridges"),
    ("{kind: conclusion, id: moe_reads_only_activ_experts, value: true, gpu: rtx_3090}", "X214", 33, "active"),
    ("{kind: bottleneck, id: memory_bandwidth, scenario: {rig: 3}}", "N413", 10, "recommend"),
    ("{kind: size, what: weights, model: qwq_32b, value: 3}", "N413", 10, "q4_k_m"),
    ("{kind: price, item: rtx_309, value: 33}", "X214", 30, "rtx_3090"),
)  # fmt: skip
"""Claims, and the code, column and hint of what is told of each."""


def test_what_cannot_be_judged_is_told_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "claims").mkdir()
    text = "".join(f"- id: c{number}\n  claim: {claim}\n" for number, (claim, *_) in enumerate(UNREADABLE))
    (tmp_path / "claims" / "mine.yaml").write_text(text, "utf-8")
    found = list(checked_files([tmp_path]))
    wanted = [(code, 2 * number + 2, column) for number, (_, code, column, _) in enumerate(UNREADABLE)]
    assert [(one.code, one.place.line, one.place.column) for one in found] == wanted
    assert all(hint in one.hint for one, (*_, hint) in zip(found, UNREADABLE, strict=True))
