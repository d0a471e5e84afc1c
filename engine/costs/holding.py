"""What a card of a layout has to hold: work space, its part of the cache, what finds no room."""

from __future__ import annotations

from math import ceil, floor

from ..errors import OutOfRange

__all__ = [
    "activation_workspace", "cache_cards", "layers_without_room", "overflow_share", "rank_cache_bytes",
    "requests_at_once",
]  # fmt: skip


def activation_workspace(tokens: float, hidden: float, intermediate: float, tensor: float) -> float:
    """Work space of one pass on a card [B].

    .. math:: w = 2 T (4 d + 2 m / n)

    tokens: T, of the pass [token]. hidden: d [1]. intermediate: m, width of the MLP [1]. tensor: n, ranks that share
    it [1].

    Valid for: 16-bit activations.
    Source: residual, normed input, attention and its output, gate and up projections live at once; checked against the
    KV pool of vllm issue 10517 within 1 GB.

    >>> activation_workspace(8192, 5120, 27648, 4)
    562036736.0
    """
    if tensor <= 0:
        raise OutOfRange("a tensor group without cards")
    return 2 * tokens * (4 * hidden + 2 * intermediate / tensor)


def rank_cache_bytes(cache: float, share: float, rank_share: float, tensor: float) -> float:
    """Cache that one card holds [B].

    .. math:: c = C s \\, r n

    cache: C, of all requests of a copy [B]. share: s, of the layers and heads that fall to the card when everything
    divides [1]. rank_share: r, of a layer's cache that each rank of a tensor group keeps [1]. tensor: n, ranks [1].

    Valid for: KV heads that divide among the ranks or are copied to several of them.
    Source: vLLM replicates KV heads where there are fewer than ranks; communication model, section 1.

    >>> rank_cache_bytes(8e9, 0.25, 0.25, 4)
    2000000000.0
    """
    return cache * share * rank_share * tensor


def cache_cards(ranks: float, tensor: float, rank_share: float) -> float:
    """Cards' worth of different cache that a copy holds [1].

    .. math:: m = \\frac{R}{n} \\frac{1}{r}

    ranks: R, cards of the copy [1]. tensor: n, ranks of a tensor group [1]. rank_share: r, of a layer's cache that each
    of them keeps [1].

    Valid for: as rank_cache_bytes.
    Source: the inverse of rank_cache_bytes for one card.

    >>> cache_cards(8, 8, 0.25)
    4.0
    """
    if tensor <= 0 or rank_share <= 0:
        raise OutOfRange("a tensor group without cards")
    return ranks / tensor / rank_share


def overflow_share(need: float, room: float) -> float:
    """Share of the weights that finds no room on the cards [1].

    .. math:: s = \\min(\\max(1 - r / n, 0), 1)

    need: n, weights [B]. room: r, that cache and work space leave [B].

    Valid for: layers that can be placed one by one.
    Source: definition.

    >>> overflow_share(40e9, 30e9)
    0.25
    """
    if need <= 0:
        raise OutOfRange("weights of no size")
    return min(max(1 - room / need, 0.0), 1.0)


def layers_without_room(layers: float, need: float, room: float) -> float:
    """Whole layers whose weights find no room on the cards [1].

    .. math:: a = \\lceil L \\min(\\max(1 - r / n, 0), 1) \\rceil

    layers: L, alike [1]. need: n, weights of all of them [B]. room: r, for these weights on the cards [B].

    Valid for: layers of one size that are placed one by one.
    Source: definition; llama.cpp's --n-cpu-moe counts whole layers.

    >>> layers_without_room(36, 60e9, 31e9)
    18
    """
    if layers <= 0:
        raise OutOfRange("a model without layers")
    return ceil(layers * overflow_share(need, room) - 1e-9)


def requests_at_once(room: float, each: float) -> float:
    """Whole requests of full context whose caches have room together [1].

    .. math:: q = \\lfloor r / c \\rfloor

    room: r, for the cache of all requests of a copy [B]. each: c, cache of one request at full context [B].

    Valid for: a paged cache, so that requests of any length share the room.
    Source: definition; Kwon and others, "PagedAttention", arXiv:2309.06180 (recalled).

    >>> requests_at_once(20e9, 1.5e9)
    13
    """
    if each <= 0:
        raise OutOfRange("a request without a cache")
    return floor(max(room, 0.0) / each)
