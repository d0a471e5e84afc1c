"""Parameter counts, KV bytes and messages of 47 models, from their shapes.

shapes.csv: shapes from litgpt's config.py at commit 26857050, Hugging Face config.json files and transformers'
configuration defaults; counts in 1e9 without norms and biases, worked out apart from the formulas under test.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from engine.costs.collectives import all_reduce_message
from engine.costs.kv_cache import kv_bytes_per_token_layer, mla_bytes_per_token_layer
from engine.costs.parameters import (
    attention_parameters,
    dense_parameters,
    embedding_parameters,
    mla_parameters,
    moe_parameters,
    moe_read_parameters,
)

Row = dict[str, str]
with (Path(__file__).parent / "shapes.csv").open(encoding="utf-8", newline="") as table:
    MODELS = list(csv.DictReader(table))
DENSE = [row for row in MODELS if not row["experts"]]
MOE = [row for row in MODELS if row["experts"]]
ROUNDING = 0.00051


def number(row: Row, column: str) -> int:
    return int(row[column] or 0)


def numbers(row: Row, *columns: str) -> dict[str, int]:
    return {column: number(row, column) for column in columns}


def latent(row: Row) -> dict[str, int]:
    """Ranks and widths of multi-head latent attention."""
    ranks = map(int, row["mla"].split("/"))
    return dict(zip(("q_lora", "kv_lora", "nope", "rope", "value"), ranks, strict=True))


def attention(row: Row) -> int:
    shape = numbers(row, "hidden", "query_heads")
    if row["mla"]:
        return mla_parameters(**shape, **latent(row))
    return attention_parameters(**shape, **numbers(row, "kv_heads", "head_dim"))


def named(rows: list[Row]) -> list[object]:
    return [pytest.param(row, id=row["name"]) for row in rows]


def test_all_models_are_here() -> None:
    assert len(MODELS) == 47
    assert (len(DENSE), len(MOE)) == (36, 11)


@pytest.mark.parametrize("row", named(DENSE))
def test_dense_models(row: Row) -> None:
    shape = numbers(row, "layers", "hidden", "query_heads", "kv_heads", "head_dim", "intermediate", "vocabulary")
    tied = row["tied"] == "1"
    total = dense_parameters(**shape, tied=tied)
    embedding = embedding_parameters(shape["vocabulary"], shape["hidden"])
    assert total / 1e9 == pytest.approx(float(row["total_billions"]), abs=ROUNDING)
    assert (total if tied else total - embedding) / 1e9 == pytest.approx(float(row["read_billions"]), abs=ROUNDING)


@pytest.mark.parametrize("row", named(MOE))
def test_mixtures_of_experts(row: Row) -> None:
    columns = ("layers", "hidden", "intermediate", "dense_layers", "experts", "expert_intermediate")
    shape = numbers(row, *columns, "shared_intermediate", "vocabulary")
    total = moe_parameters(**shape, attention=attention(row), tied=row["tied"] == "1")
    read = moe_read_parameters(**shape, attention=attention(row), experts_per_token=number(row, "experts_per_token"))
    embedding = embedding_parameters(shape["vocabulary"], shape["hidden"])
    assert total / 1e9 == pytest.approx(float(row["total_billions"]), abs=ROUNDING)
    assert read / 1e9 == pytest.approx(float(row["read_billions"]), abs=ROUNDING)
    assert (read + embedding) / 1e9 == pytest.approx(float(row["active_billions"]), abs=ROUNDING)


@pytest.mark.parametrize("row", named(MODELS))
def test_published_counts_within_a_twentieth_of_a_percent(row: Row) -> None:
    computed, published = float(row["total_billions"]), float(row["published_billions"])
    assert computed == pytest.approx(published, rel=0.0005)


@pytest.mark.parametrize("row", named(MODELS))
def test_cache_of_a_token(row: Row) -> None:
    if row["mla"]:
        ranks = latent(row)
        layer = mla_bytes_per_token_layer(latent=ranks["kv_lora"], rope=ranks["rope"], bits=16)
    else:
        layer = kv_bytes_per_token_layer(**numbers(row, "kv_heads", "head_dim"), bits=16)
    assert number(row, "layers") * layer == number(row, "kv_bytes_16_bit")


@pytest.mark.parametrize("row", named(MODELS))
def test_message_of_a_decoded_token(row: Row) -> None:
    message = all_reduce_message(tokens=1, hidden=number(row, "hidden"), bytes_per_value=2)
    assert message == number(row, "decode_message_bytes")
