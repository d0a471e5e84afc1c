"""The decode step: what the time of one generated token is made of."""

from __future__ import annotations

from math import sqrt

from ..errors import OutOfRange

__all__ = [
    "batch_compute_share", "busy_time", "decode_ceiling", "decode_flops", "decode_power", "decode_step_time",
    "host_read_time", "kv_read_time", "only_with_ranks", "overhead_time", "power_capped_time", "remaining",
    "tokens_per_joule", "tokens_per_second", "waiting_stages", "weight_read_time",
]  # fmt: skip


def weight_read_time(dense_bytes: float, expert_bytes: float, rate: float) -> float:
    """Time to read the weights of one step [s].

    .. math:: t = \\frac{d + x}{r}

    dense_bytes: weights that every token needs [B]. expert_bytes: weights of the experts the step touches [B].
    rate: of all cards of the layout together [B/s].

    Valid for: weights in GPU memory.
    Source: roofline model.

    >>> weight_read_time(16e9, 0.0, 800e9)
    0.02
    """
    if rate <= 0:
        raise OutOfRange("cards that read nothing")
    return (dense_bytes + expert_bytes) / rate


def batch_compute_share(sequences: float, least: float, growth: float) -> float:
    """Share of the matrix rate that the products of a decode batch reach [1].

    .. math:: s = \\min(\\max(l b g, l), 1)

    sequences: b, in the step [1]. least: l, share that a small batch reaches [1]. growth: g, how the share grows with
    each sequence; 0 where the engine's kernels do not depend on it [1].

    Valid for: batches of one and more.
    Source: llama.cpp multiplies up to eight columns by vector kernels, more by tiles that fill up; constants fitted,
    see knowledge/calibration.yaml.

    >>> batch_compute_share(16, 0.25, 0.125)
    0.5
    """
    return min(max(least * sequences * growth, least), 1.0)


def decode_ceiling(card_bytes: float, bandwidth: float, host_bytes: float, host_bandwidth: float) -> float:
    """Tokens per second that the printed bandwidth allows at most [1/s].

    .. math:: v = \\frac{1}{c / B + h / H}

    card_bytes: c, weights and cache that a token reads from GPU memory [B]. bandwidth: B, of all cards that read in
    parallel, as the vendor prints it; their harmonic mean where they take turns [B/s]. host_bytes: h, that a token
    reads from host memory [B]. host_bandwidth: H [B/s].

    Valid for: one sequence without speculative decoding.
    Source: every weight and cached token is read once for each token.

    >>> decode_ceiling(18e9, 900e9, 0.0, 50e9)
    50.0
    """
    if bandwidth <= 0 or host_bandwidth <= 0:
        raise OutOfRange("memory without bandwidth")
    seconds = card_bytes / bandwidth + host_bytes / host_bandwidth
    if seconds <= 0:
        raise OutOfRange("a token that reads nothing")
    return 1 / seconds


def waiting_stages(batch: float, stages: float) -> float:
    """Stages of a pipeline for each one that works at a time [1].

    .. math:: w = \\max(S / \\min(b, S), 1)

    batch: b, sequences in the pipeline [1]. stages: S [1].

    Valid for: engines that keep as many stages busy as there are sequences.
    Source: definition of micro-batches.

    >>> waiting_stages(2, 4)
    2.0
    """
    return max(stages / max(min(batch, stages), 1.0), 1.0)


def kv_read_time(sequence_bytes: float, sequences: float, rate: float) -> float:
    """Time to read the KV cache of one step [s].

    .. math:: t = b k / r

    sequence_bytes: cache of one sequence at its present length [B]. sequences: in the step [1]. rate: of all cards
    that hold a part of the cache together [B/s].

    Valid for: caches in GPU memory.
    Source: roofline model.

    >>> kv_read_time(2e9, 1, 800e9)
    0.0025
    """
    if rate <= 0:
        raise OutOfRange("cards that read nothing")
    return sequences * sequence_bytes / rate


def decode_flops(parameters: float, sequences: float) -> float:
    """Arithmetic of one decode step, attention aside [FLOP].

    .. math:: f = 2 p b

    parameters: used for each token [1]. sequences: in the step [1].

    Valid for: any batch.
    Source: one multiplication and one addition for each weight and token; Kaplan and others, arXiv:2001.08361
    (recalled).

    >>> decode_flops(32e9, 1)
    64000000000.0
    """
    return 2 * parameters * sequences


def busy_time(read: float, compute: float, kv_read: float) -> float:
    """Time the cards spend in kernels of one step [s].

    .. math:: t = \\sqrt[3]{w^3 + c^3} + k

    read: of the weights [s]. compute: of the products [s]. kv_read: of the KV cache [s].

    Valid for: any batch; the cubic sum passes smoothly from reading to computing.
    Source: roofline model with a smooth corner.

    >>> busy_time(0.02, 0.0, 0.001)
    0.021
    """
    return float((read**3 + compute**3) ** (1 / 3)) + kv_read


def overhead_time(
    layers: float, layer_overhead: float, moe_layers: float, moe_overhead: float, step_overhead: float
) -> float:
    """Launches, scheduling and sampling of one step [s].

    .. math:: t = L o + M m + s

    layers: L [1]. layer_overhead: of one layer, launches included [s]. moe_layers: layers with a router [1].
    moe_overhead: of one router and its scattered kernels [s]. step_overhead: scheduler and sampling of a step [s].

    Valid for: the engine class the constants were fitted on.
    Source: constants fitted, see knowledge/calibration.yaml.

    >>> overhead_time(64, 20e-6, 0, 0.0, 1e-3)
    0.00228
    """
    return layers * layer_overhead + moe_layers * moe_overhead + step_overhead


def host_read_time(bytes_read: float, bandwidth: float, efficiency: float) -> float:
    """Time to read weights that lie in host memory [s].

    .. math:: t = x / (B e)

    bytes_read: in one step [B]. bandwidth: of host memory [B/s]. efficiency: share of it that is reached [1].

    Valid for: weights multiplied by the processor, or fetched each step; the slower of memory and link counts.
    Source: llmfit pull request 450 (host memory bandwidth explains an offloaded mixture of experts within 2 %).

    >>> host_read_time(3e9, 50e9, 0.8)
    0.075
    """
    if bandwidth <= 0:
        raise OutOfRange("host memory without bandwidth")
    return bytes_read / (bandwidth * efficiency)


def decode_step_time(busy: float, overhead: float, all_reduce: float, sends: float, host: float) -> float:
    """Time of one decode step before any power limit [s].

    .. math:: t = b + o + a + s + h

    busy: kernels that read and multiply [s]. overhead: launches and scheduling [s]. all_reduce: all of them in the
    step [s]. sends: between pipeline stages [s]. host: reading from host memory [s].

    Valid for: engines that do not overlap these, as all common ones during decode.
    Source: communication model, section 7.

    >>> decode_step_time(0.012, 0.002, 0.003, 0.0, 0.0)
    0.017
    """
    return busy + overhead + all_reduce + sends + host


def power_capped_time(
    step: float, busy: float, stages: float, power_share: float, draw: float, idle: float, response: float
) -> float:
    """Time of one decode step under a power limit [s].

    .. math:: t' = t + b \\left(\\max\\left(\\frac{n - i}{\\max(p - i, 0.02)}, 1\\right)^{r} - 1\\right),
              \\quad n = i + (d - i) \\sqrt{b / (t S)}

    step: without a limit [s]. busy: kernels in it [s]. stages: cards that take turns [1]. power_share: limit by default
    board power [1]. draw: share of it that a card drawing all its memory bandwidth needs [1]. idle: share it draws
    while it waits [1]. response: r, how steeply time grows once the limit is below the need [1].

    Valid for: memory-bound steps between a fifth of the default power and the default.
    Source: below the need the clocks fall with the power; sweeps of llmgarage.ai (2026-02), jeanfbrito, jankyai and
    others. Draw fitted; response set between sources that disagree (0.5 to 2 on an RTX 3090), see docs/accuracy.md.

    >>> power_capped_time(0.02, 0.018, 1, 1.0, 0.83, 0.08, 2.0)
    0.02
    """
    if step <= 0:
        raise OutOfRange("a step that takes no time")
    need = idle + (draw - idle) * sqrt(min(busy / step / stages, 1.0))
    slow = max((need - idle) / max(power_share - idle, 0.02), 1.0)
    return float(step + busy * (slow**response - 1.0))


def tokens_per_second(step: float, sequences: float) -> float:
    """Tokens generated per second [1/s].

    .. math:: v = b / t

    step: time of one step [s]. sequences: that get a token in it [1].

    Valid for: steps that give each sequence one token, so without speculative decoding.
    Source: definition.

    >>> tokens_per_second(0.02, 1)
    50.0
    """
    if step <= 0:
        raise OutOfRange("a step that takes no time")
    return sequences / step


def remaining(whole: float, share: float) -> float:
    """What is left of a quantity when a share of it is taken away [its unit].

    .. math:: r = w (1 - s)

    whole: w [any]. share: s, taken away [1].

    Valid for: shares from 0 to 1.
    Source: definition.

    >>> remaining(10.0, 0.25)
    7.5
    """
    return whole * (1 - share)


def only_with_ranks(value: float, ranks: float) -> float:
    """A cost that one rank alone does not have [its unit].

    .. math:: c = v [n > 1]

    value: v [any]. ranks: n [1].

    Valid for: one rank and more.
    Source: one rank has nobody to reduce with.

    >>> only_with_ranks(2e-5, 1)
    0.0
    """
    return value if ranks > 1 else 0.0


def decode_power(
    power: float, power_share: float, step: float, busy: float, stages: float, draw: float, idle: float
) -> float:
    """Power that all cards of a layout draw during decode [W].

    .. math:: p = P \\min\\left(x, i + (d - i) \\sqrt{\\frac{b}{t S}}\\right)

    power: P, default board power of all cards together [W]. power_share: x, limit by default board power [1]. step: t
    [s]. busy: b, kernels in it [s]. stages: S, cards that take turns [1]. draw: d, share of the default that steady
    reading draws [1]. idle: i, share drawn while waiting [1].

    Valid for: one request at a time; an estimate, not a measurement.
    Source: as power_capped_time.

    >>> decode_power(1400.0, 1.0, 0.02, 0.02, 1, 0.83, 0.08)
    1162.0
    """
    if step <= 0:
        raise OutOfRange("a step that takes no time")
    return float(power * min(power_share, idle + (draw - idle) * min(busy / step / stages, 1.0) ** 0.5))


def tokens_per_joule(tokens_per_second: float, power: float) -> float:
    """Tokens generated for each joule [1/J].

    .. math:: e = v / p

    tokens_per_second: v [1/s]. power: p [W].

    Valid for: cards alone, without host and cooling.
    Source: definition.

    >>> tokens_per_joule(50.0, 1000.0)
    0.05
    """
    if power <= 0:
        raise OutOfRange("cards that draw nothing")
    return tokens_per_second / power
