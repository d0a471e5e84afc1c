"""The prefill: what the time of reading a prompt is made of."""

from __future__ import annotations

from math import ceil

from ..errors import OutOfRange

__all__ = [
    "attention_prefill_flops", "linear_prefill_flops", "pipeline_speed", "power_capped_rate", "prefill_chunks",
    "prefill_compute_time", "prefill_time", "prompt_rate",
]  # fmt: skip


def prefill_chunks(prompt: float, chunk: float) -> int:
    """Passes in which an engine reads a prompt [1].

    .. math:: m = \\lceil P / c \\rceil

    prompt: its length [token]. chunk: the most tokens of one pass [token].

    Valid for: prompts of one token and more.
    Source: chunked prefill; Agrawal and others, "Sarathi-Serve", arXiv:2403.02310 (recalled).

    >>> prefill_chunks(10000, 8192)
    2
    """
    if chunk <= 0:
        raise OutOfRange("an engine that reads no tokens in a pass")
    return max(1, ceil(prompt / chunk))


def linear_prefill_flops(parameters: float, head_parameters: float, prompt: float, chunks: float) -> float:
    """Arithmetic of the matrix products of a prefill [FLOP].

    .. math:: f = 2 p P + 2 h m

    parameters: of the body used for each token [1]. head_parameters: of the output head, needed for the last token of
    each pass only [1]. prompt: its length [token]. chunks: passes [1].

    Valid for: any prompt.
    Source: as decode_flops.

    >>> linear_prefill_flops(31e9, 0.8e9, 1024, 1)
    63489600000000.0
    """
    return 2 * parameters * prompt + 2 * head_parameters * chunks


def attention_prefill_flops(prompt: float, depth: float, layers: float, query_heads: float, head_dim: float) -> float:
    """Arithmetic of causal attention over a prompt [FLOP].

    .. math:: f = 4 L h d (P D + P^2 / 2)

    prompt: its length [token]. depth: tokens already in the cache [token]. layers: with full attention [1].
    query_heads: h [1]. head_dim: d [1].

    Valid for: full attention; layers with a window cost less and are left out.
    Source: two products of P by D + P/2 for each head; Dao, "FlashAttention-2", arXiv:2307.08691 (recalled).

    >>> attention_prefill_flops(1024, 0, 64, 40, 128)
    687194767360.0
    """
    return 4 * layers * query_heads * head_dim * (prompt * depth + prompt * prompt / 2)


def power_capped_rate(rate: float, power_share: float, exponent: float, idle: float, knee: float) -> float:
    """Compute rate under a power limit [FLOP/s].

    .. math:: r' = r \\left(\\frac{p - i}{1 - i}\\right)^{e} \\min(p / k, 1)^2

    rate: without a limit [FLOP/s]. power_share: limit by default board power [1].
    exponent: of the clock's response [1]. idle: share drawn at rest [1]. knee: share below which clocks collapse [1].

    Valid for: limits between a fifth of the default power and the default.
    Source: sweeps of llmgarage.ai (2026-02) and GEMM sweeps in knowledge/measurements; constants fitted.

    >>> power_capped_rate(50e12, 1.0, 0.5, 0.08, 0.4)
    50000000000000.0
    """
    reached = max((power_share - idle) / (1 - idle), 0.02)
    return float(rate * min(reached**exponent * min(power_share / knee, 1.0) ** 2, 1.0))


def prefill_compute_time(
    linear: float, attention: float, rate: float, attention_factor: float, prompt: float, chunk: float, ramp: float
) -> float:
    """Time of the arithmetic of a prefill [s].

    .. math:: t = \\frac{f}{r} \\left(1 + \\frac{a}{\\min(P, c)}\\right) + \\frac{q}{r e}

    linear: f, matrix products [FLOP]. attention: q [FLOP]. rate: of all cards of the layout [FLOP/s].
    attention_factor: e, of attention kernels against matrix products [1]. prompt: its length [token]. chunk: the most
    tokens of one pass [token]. ramp: a, tokens at which half the rate is reached [token].

    Valid for: prompts of one token and more.
    Source: roofline model; constants fitted, see knowledge/calibration.yaml.

    >>> prefill_compute_time(60e12, 0.0, 60e12, 0.5, 1000, 8192, 0.0)
    1.0
    """
    if rate <= 0:
        raise OutOfRange("cards that compute nothing")
    tokens = max(min(prompt, chunk), 1.0)
    return linear / rate * (1 + ramp / tokens) + attention / (rate * min(attention_factor, 1.0))


def pipeline_speed(stages: float, prompt: float, pass_tokens: float, share: float) -> float:
    """How many times faster a prompt passes through stages that work at the same time on its parts [1].

    .. math:: s = 1 + g \\left(\\frac{n m}{m + n - 1} - 1\\right), \\quad m = \\lceil P / u \\rceil

    stages: n [1]. prompt: P [token]. pass_tokens: u, tokens handed on at a time [token]. share: g, of the ideal gain
    that engines reach [1].

    Valid for: engines that overlap micro-batches of one prompt.
    Source: fill and drain of a pipeline; Huang and others, "GPipe", arXiv:1811.06965 (recalled); share fitted.

    >>> pipeline_speed(4, 512, 512, 0.5)
    1.0
    """
    parts = max(1, ceil(prompt / pass_tokens))
    return 1 + share * (stages * parts / (parts + stages - 1) - 1)


def prefill_time(compute: float, read: float, overhead: float, all_reduce: float, host: float, speed: float) -> float:
    """Time to read a prompt [s].

    .. math:: t = \\left(\\sqrt[3]{c^3 + w^3} + o + a + h\\right) / s

    compute: arithmetic [s]. read: of the weights, once in each pass [s]. overhead: launches and scheduling [s].
    all_reduce: all of them [s]. host: reading from host memory [s]. speed: of stages that overlap [1].

    Valid for: one prompt at a time.
    Source: communication model, section 7.

    >>> prefill_time(1.0, 0.0, 0.1, 0.2, 0.0, 1.0)
    1.3
    """
    return (float((compute**3 + read**3) ** (1 / 3)) + overhead + all_reduce + host) / speed


def prompt_rate(prompt: float, seconds: float) -> float:
    """Prompt tokens read per second [1/s].

    .. math:: v = P / t

    prompt: its length [token]. seconds: to read it [s].

    Valid for: one prompt at a time.
    Source: definition.

    >>> prompt_rate(1000, 0.5)
    2000.0
    """
    if seconds <= 0:
        raise OutOfRange("a prompt read in no time")
    return prompt / seconds
