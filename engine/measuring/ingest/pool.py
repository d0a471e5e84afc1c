"""Whether the KV pool of a boot log agrees with itself: memory, tokens, requests at a time, and the model's cache.

Source: vLLM v1/core/kv_cache_utils.py (`_report_kv_cache_config`, `get_max_concurrency_for_kv_cache_config`). Layers
with a window or a state make a request smaller than its tokens, so that a log may name more requests than tokens tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...costs.kv_cache import kv_rank_share
from ..believable import bound
from .measurement import Ingested, Measurement, Refusal

Cache = Callable[[str], Mapping[str, Any] | None]
"""Of a model by key: `bytes` of a token in 16 bit over all layers [B] and `kv_heads`; None where layers differ."""

Bits = Callable[[str], float | None]
"""Of a format by the name a log gives it: bits of a value; None where it is not known."""

TOLERANCE = bound("pools", "agrees")
MOST_GROUPS = bound("pools", "most_groups")
SIZES = (1, 2, 4, 8, 16)
"""Sizes of a tensor group that are tried where the log does not say."""
WIDTHS = (16.0, 8.0)
"""Bits of a value of the cache that are tried where the log does not say."""
_GIB = 2**30


def consistent(found: Ingested, cache: Cache, bits: Bits) -> Ingested:
    """What stands after the pools of boot logs are held against themselves; of one that disagrees, nothing is kept."""
    refused: dict[int, str] = {}
    for pool in pools(found.measurements):
        reason = _contradiction(pool, cache, bits)
        if reason:
            refused |= {id(one): reason for one in pool.values()}
    kept = [one for one in found.measurements if id(one) not in refused]
    refusals = [
        Refusal(reason, one.provenance.tool, one.provenance.file, one.provenance.line, f"{one.metric} {one.value:g}")
        for one in found.measurements
        if (reason := refused.get(id(one)))
    ]
    return Ingested(kept, [*found.refusals, *refusals], found.remarks)


def pools(found: Sequence[Measurement]) -> Iterator[dict[str, Measurement]]:
    """Memory, tokens and requests that one boot names; of the ranks' memory the smallest, which counts."""
    pool: dict[str, Measurement] = {}
    at: tuple[str, str | None] | None = None
    for one in found:
        if one.metric not in ("kv_pool_gib", "kv_pool_tokens", "max_concurrency"):
            continue
        here = one.provenance.file, one.engine
        first = one.metric == "kv_pool_gib" and "kv_pool_tokens" in pool
        if here != at or first or (one.metric in pool and one.metric != "kv_pool_gib"):
            yield pool
            pool, at = {}, here
        smaller = one.metric in pool and pool[one.metric].value <= one.value
        pool = pool if smaller else {**pool, one.metric: one}
    yield pool


def _contradiction(pool: Mapping[str, Measurement], cache: Cache, bits: Bits) -> str | None:
    tokens = pool.get("kv_pool_tokens")
    if tokens is None:
        return None
    model = cache(tokens.model) if tokens.model else None
    requests, memory = pool.get("max_concurrency"), pool.get("kv_pool_gib")
    return (requests and _requests(tokens, requests, model is not None)) or (
        model and memory and _memory(tokens, memory, model, bits(tokens.kv_dtype or ""))
    ) or None  # fmt: skip


def _requests(tokens: Measurement, requests: Measurement, plain: bool) -> str | None:
    context = requests.context_depth or 0
    low, high = (requests.value - 0.006) * context, (requests.value + 0.006) * context
    most = 1 + TOLERANCE if plain else MOST_GROUPS
    if not context or (high >= tokens.value * (1 - TOLERANCE) and low <= tokens.value * most):
        return None
    return (
        f"the log contradicts itself: {requests.value:g} requests of {context:,} tokens are "
        f"{requests.value * context:,.0f} tokens, and the pool is said to hold {tokens.value:,.0f}"
    )


def _memory(tokens: Measurement, memory: Measurement, model: Mapping[str, Any], told: float | None) -> str | None:
    """The pool of one card is its share of the cache of all tokens."""
    sizes = (tokens.tp,) if tokens.tp else SIZES
    widths = (told,) if told else WIDTHS
    held = [
        tokens.value * model["bytes"] * width / 16 * kv_rank_share(model["kv_heads"], size) / (tokens.pp or 1)
        for size in sizes
        for width in widths
    ]
    if any(abs(one / (memory.value * _GIB) - 1) <= TOLERANCE + 0.006 / memory.value for one in held):
        return None
    cards = f"on {tokens.tp} cards" if tokens.tp else "on any number of cards"
    return (
        f"the log contradicts itself: {tokens.value:,.0f} tokens of {tokens.model} {cards} take "
        f"{held[0] / _GIB:.4g} GiB of each, and the pool is said to have {memory.value:g} GiB"
    )
