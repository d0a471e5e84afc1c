"""Memory of one card: what an engine may use of it, what it needs beside weights and cache, what is left."""

from __future__ import annotations

from .validity import counts, efficiencies, finite, not_negative, positive

__all__ = ["activation_bytes", "free_memory", "overhead_bytes", "usable_memory"]


def usable_memory(memory: float, share: float) -> float:
    """Memory of a card that the engine takes for itself [B].

    .. math:: U = s M

    memory: of the card, as the driver reports it, M [B]. share: s, vLLM's gpu_memory_utilization [1].

    Valid for: engines with such a limit; others have the whole card less what the desktop holds.
    Source: vLLM, engine arguments, https://docs.vllm.ai/en/latest/configuration/engine_args.html.

    >>> usable_memory(memory=24 * 2**30, share=0.9)
    23192823398.4
    """
    positive(memory=memory)
    efficiencies(share=share)
    return memory * share


def free_memory(usable: float, weights: float, kv_cache: float, overhead: float) -> float:
    """What is left on a card; below 0 where things do not fit [B].

    .. math:: F = U - W - C - O

    usable: memory the engine may take, U [B]. weights: on this card, W [B]. kv_cache: on this card, C [B].
    overhead: everything else on this card, O [B].

    Valid for: one card of the layout; a layout fits where every card's result is 0 or more.
    Source: definition.

    >>> free_memory(usable=23e9, weights=16.5e9, kv_cache=4e9, overhead=1.5e9)
    1000000000.0
    """
    finite(usable=usable)
    not_negative(weights=weights, kv_cache=kv_cache, overhead=overhead)
    return usable - weights - kv_cache - overhead


def activation_bytes(tokens: float, hidden: int, bytes_per_value: float, copies: float) -> float:
    """Working memory of one step: buffers as wide as the residual stream [B].

    .. math:: A = c T d e

    tokens: of the largest step, T [1]. hidden: width of the residual stream, d [1].
    bytes_per_value: of one activation, e [B]. copies: such buffers alive at once, c [1].

    Valid for: inference, where a layer's activations end with the layer; logits are not counted.
    Source: definition; the number of copies depends on the engine and is a calibrated constant.

    >>> activation_bytes(tokens=2048, hidden=8192, bytes_per_value=2, copies=10)
    335544320
    """
    counts(hidden=hidden)
    not_negative(tokens=tokens, copies=copies)
    positive(bytes_per_value=bytes_per_value)
    return copies * tokens * hidden * bytes_per_value


def overhead_bytes(context_bytes: float, activation: float, graphs: float, buffers: float) -> float:
    """Memory of a card that is neither weights nor cache [B].

    .. math:: O = X + A + G + B

    context_bytes: of the driver's context and loaded kernels, X [B]. activation: working memory of a step, A [B].
    graphs: captured CUDA graphs, G [B]. buffers: of the communication library, B [B].

    Valid for: one card.
    Source: definition; the parts are measured or calibrated.

    >>> overhead_bytes(context_bytes=0.5e9, activation=0.34e9, graphs=0.6e9, buffers=0.1e9)
    1540000000.0
    """
    not_negative(context_bytes=context_bytes, activation=activation, graphs=graphs, buffers=buffers)
    return context_bytes + activation + graphs + buffers
