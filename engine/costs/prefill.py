"""The prefill: what the time of reading a prompt is made of."""

from __future__ import annotations

from ..errors import OutOfRange

__all__ = [
    "attention_prefill_flops", "expert_ramp", "latent_attention_width", "linear_prefill_flops", "pass_tokens",
    "parts_at_once", "pipeline_speed", "power_capped_rate", "prefill_compute_time", "prefill_passes", "prefill_time",
    "prompt_rate",
]  # fmt: skip


def pass_tokens(prompt: float, together: float, chunk: float) -> float:
    """Tokens that a pass of prefill holds [token].

    .. math:: T = \\min(P m, c)

    prompt: P, tokens of each prompt [token]. together: m, prompts that share a pass [1]. chunk: c, the most tokens of
    one pass [token].

    Valid for: prompts of one token and more.
    Source: chunked prefill; Agrawal and others, "Sarathi-Serve", arXiv:2403.02310 (recalled).

    >>> pass_tokens(1024, 4, 8192)
    4096
    """
    if chunk <= 0:
        raise OutOfRange("an engine that reads no tokens in a pass")
    return min(max(prompt, 1) * together, chunk)


def prefill_passes(prompt: float, together: float, chunk: float) -> float:
    """Passes that one prompt takes; a part of one where several prompts share it [1].

    .. math:: k = \\max(P m / c, 1) / m

    prompt: P, tokens of each prompt [token]. together: m, prompts that share a pass [1]. chunk: c, the most tokens of
    one pass [token].

    Valid for: prompts of one token and more; a last pass that is not full counts by its part.
    Source: as pass_tokens.

    >>> prefill_passes(12288, 1, 8192)
    1.5
    """
    if chunk <= 0 or together <= 0:
        raise OutOfRange("an engine that reads no tokens in a pass")
    return max(max(prompt, 1) * together / chunk, 1.0) / together


def linear_prefill_flops(parameters: float, head_parameters: float, prompt: float) -> float:
    """Arithmetic of the matrix products of a prefill [FLOP].

    .. math:: f = 2 p P + 2 h

    parameters: of the body used for each token [1]. head_parameters: of the output head, needed for the last token
    only [1]. prompt: its length [token].

    Valid for: any prompt.
    Source: as decode_flops.

    >>> linear_prefill_flops(31e9, 0.8e9, 1024)
    63489600000000.0
    """
    return 2 * parameters * max(prompt, 1) + 2 * head_parameters


def latent_attention_width(query_heads: float, latent: float, rope: float) -> float:
    """Width of latent attention as engines compute it, on the compressed vectors themselves [1].

    .. math:: w = h (2 l + r) / 2

    query_heads: h [1]. latent: l, width of the compressed vector [1]. rope: r, width of its rotary part [1].

    Valid for: absorbed projections: scores over latent and rotary part, values over the latent part.
    Source: DeepSeek-V2, arXiv:2405.04434, section 2.1 (recalled).

    >>> latent_attention_width(128, 512, 64)
    69632.0
    """
    return query_heads * (2 * latent + rope) / 2


def attention_prefill_flops(prompt: float, depth: float, layers: float, width: float) -> float:
    """Arithmetic of causal attention over a prompt [FLOP].

    .. math:: f = 4 L w (P D + P^2 / 2)

    prompt: its length [token]. depth: tokens already in the cache [token]. layers: with full attention [1].
    width: w, query heads times their width [1].

    Valid for: full attention; layers with a window cost less and are left out.
    Source: two products of P by D + P/2 for each head; Dao, "FlashAttention-2", arXiv:2307.08691 (recalled).

    >>> attention_prefill_flops(1024, 0, 64, 5120)
    687194767360.0
    """
    prompt = max(prompt, 1)
    return 4 * layers * width * (prompt * depth + prompt * prompt / 2)


def expert_ramp(ramp: float, moe_ramp: float, experts: float, experts_per_token: float) -> float:
    """Tokens of a pass at which half of the matrix rate is reached [token].

    .. math:: a = r + r_x E / k

    ramp: r, of a dense model [token]. moe_ramp: r_x, of one expert; 0 for a dense model [token]. experts: E [1].
    experts_per_token: k [1].

    Valid for: passes of one token and more.
    Source: each expert sees k/E of the tokens of a pass; constants fitted, see knowledge/calibration.yaml.

    >>> expert_ramp(16, 6, 128, 8)
    112.0
    """
    if experts_per_token <= 0:
        raise OutOfRange("a token that uses no expert")
    return ramp + moe_ramp * experts / experts_per_token


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
    linear: float, attention: float, rate: float, attention_rate: float, attention_factor: float, tokens: float,
    ramp: float,
) -> float:  # fmt: skip
    """Time of the arithmetic of a prefill [s].

    .. math:: t = \\frac{f}{r} \\left(1 + \\frac{a}{T}\\right) + \\frac{q}{r_a e}

    linear: f, matrix products [FLOP]. attention: q [FLOP]. rate: r, of all cards of the layout in products with the
    weights [FLOP/s]. attention_rate: r_a, in 16-bit products without weights, which neither their format nor narrow
    experts slow down [FLOP/s]. attention_factor: e, of attention kernels against these [1]. tokens: T, of a pass
    [token]. ramp: a, tokens at which half the rate is reached [token].

    Valid for: passes of one token and more.
    Source: roofline model; constants fitted, see knowledge/calibration.yaml.

    >>> prefill_compute_time(60e12, 30e12, 60e12, 100e12, 0.5, 1000, 0.0)
    1.6
    """
    if rate <= 0 or attention_rate <= 0:
        raise OutOfRange("cards that compute nothing")
    return linear / rate * (1 + ramp / max(tokens, 1.0)) + attention / (attention_rate * min(attention_factor, 1.0))


def parts_at_once(dense: float, routed: float, routers: float) -> float:
    """Parts of a prompt that an engine keeps on their way through its stages at most [1].

    .. math:: a = a_x \\text{ where } M > 0, \\text{ else } a_d

    dense: a_d, of a model without experts [1]. routed: a_x, of one with [1]. routers: M, layers that have one [1].

    Valid for: stages of a pipeline.
    Source: llama.cpp's processor reads back which experts a layer's router chose before it launches their products, so
    that it cannot launch the next stage meanwhile, https://github.com/ggml-org/llama.cpp, ggml_cuda_mul_mat_id.

    >>> parts_at_once(4, 1, 36)
    1
    """
    return routed if routers > 0 else dense


def pipeline_speed(stages: float, prompt: float, together: float, chunk: float, at_once: float, share: float) -> float:
    """How many times faster a prompt passes through stages that work at the same time on its parts [1].

    .. math:: s = 1 + g \\left(\\min\\left(\\frac{n k}{k + n - 1}, a\\right) - 1\\right), \\quad k = \\max(P / c, m, 1)

    stages: n [1]. prompt: P [token]. together: m, prompts on their way at the same time [1]. chunk: c, tokens handed on
    at a time [token]. at_once: a, parts that the engine keeps on their way at most; 1 where stages wait for each other
    [1]. share: g, of the ideal gain that engines reach [1].

    Valid for: engines that overlap the passes of one prompt, or of several.
    Source: fill and drain of a pipeline; Huang and others, "GPipe", arXiv:1811.06965 (recalled); share fitted.

    >>> pipeline_speed(4, 2048, 1, 512, 8, 0.5)
    1.642857
    """
    if chunk <= 0:
        raise OutOfRange("an engine that reads no tokens in a pass")
    parts = max(prompt / chunk, together, 1.0)
    return 1 + share * (min(stages * parts / (parts + stages - 1), at_once) - 1)


def prefill_time(
    compute: float, read: float, overhead: float, all_reduce: float, sends: float, host: float, speed: float,
    stages: float,
) -> float:  # fmt: skip
    """Time to read a prompt [s].

    .. math:: t = \\frac{\\sqrt[3]{c^3 + w^3} + o + a + h}{v} + \\frac{s}{\\min(v, \\max(n - 1, 1))}

    compute: arithmetic [s]. read: of the weights, once in each pass [s]. overhead: launches and scheduling [s].
    all_reduce: all of them [s]. sends: s, from stage to stage, of all passes [s]. host: reading from host memory [s].
    speed: v, of stages that overlap [1]. stages: n; between them are n - 1 links, so no more hand-overs pass at a time
    [1].

    Valid for: one prompt at a time.
    Source: communication model, section 7.

    >>> prefill_time(1.0, 0.0, 0.1, 0.2, 0.3, 0.0, 1.0, 2)
    1.6
    """
    busy = float((compute**3 + read**3) ** (1 / 3)) + overhead + all_reduce + host
    return busy / speed + sends / min(speed, max(stages - 1, 1))


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
