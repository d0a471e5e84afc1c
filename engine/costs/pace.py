"""How fast the cards of a layout read and multiply together: the rates that step times are made of."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import OutOfRange

__all__ = [
    "card_compute_rate", "card_memory_rate", "expert_width_share", "kv_read_rate", "parallel_rate", "power_bound_rate",
    "scattered", "series_rate",
]  # fmt: skip

CEILING = 0.95
KV_CEILING = 0.9


def card_memory_rate(
    bandwidth: float, engine_efficiency: float, format_factor: float, memory_factor: float, vendor_factor: float,
    card_factor: float,
) -> float:  # fmt: skip
    """Rate at which one card reads weights during decode [B/s].

    .. math:: r = B \\min(e f m v c, 0.95)

    bandwidth: of the card's memory, as the vendor prints it [B/s]. engine_efficiency: share of it that the engine's
    kernels reach on 16-bit weights [1]. format_factor: of the weight format's dequantization [1]. memory_factor: of
    the memory type [1]. vendor_factor: of the vendor's software [1]. card_factor: c, how this card differs from what is
    usual; 1 unless it was measured [1].

    Valid for: decode, where each weight is used once for each token.
    Source: roofline model; Williams, Waterman, Patterson, "Roofline", CACM 52(4), 2009 (recalled); factors fitted, see
    knowledge/calibration.yaml.

    >>> card_memory_rate(936e9, 0.9, 0.9, 1.0, 1.0, 1.0)
    758160000000.0
    """
    if bandwidth <= 0:
        raise OutOfRange(f"a memory bandwidth of {bandwidth} B/s", hint="it must be above 0")
    share = engine_efficiency * format_factor * memory_factor * vendor_factor * card_factor
    return bandwidth * min(share, CEILING)


def kv_read_rate(bandwidth: float, efficiency: float) -> float:
    """Rate at which one card reads its KV cache during decode [B/s].

    .. math:: r = B \\min(e, 0.9)

    bandwidth: of the memory of the cards [B/s]. efficiency: share of it that attention kernels reach [1].

    Valid for: decode; kernels without fused attention have a much lower efficiency.
    Source: roofline model; efficiency fitted, see knowledge/calibration.yaml.

    >>> kv_read_rate(936e9, 0.9)
    842400000000.0
    """
    return bandwidth * min(efficiency, KV_CEILING)


def power_bound_rate(
    power: float, flops_per_watt: float, memory_factor: float, rate: float, rate_16_bit: float
) -> float:
    """Matrix rate at which a card reaches its board power [FLOP/s].

    .. math:: r = P w m R / R_{16}

    power: default board power [W]. flops_per_watt: 16-bit matrix work for each watt [FLOP/J]. memory_factor: of the
    memory type, whose own draw leaves more or less for the matrix units [1]. rate: matrix rate in the format used
    [FLOP/s]. rate_16_bit: matrix rate in 16 bit [FLOP/s].

    Valid for: sustained large products; short ones end before the limit acts.
    Source: energy per operation is set by the process generation; constants fitted, see knowledge/calibration.yaml.

    >>> power_bound_rate(350.0, 0.4e12, 1.0, 71e12, 71e12)
    140000000000000.0
    """
    if rate_16_bit <= 0:
        raise OutOfRange("no 16-bit matrix rate is known of the card")
    return power * flops_per_watt * memory_factor * rate / rate_16_bit


def card_compute_rate(
    rate: float, engine_share: float, format_factor: float, expert_factor: float, power_bound: float, card_factor: float
) -> float:
    """Rate of large matrix products on one card [FLOP/s].

    .. math:: r = \\min(e f k c, 0.95) \\left(R^{-4} + P^{-4}\\right)^{-1/4}

    rate: dense matrix rate in the format used [FLOP/s]. engine_share: share of it the engine's kernels reach [1].
    format_factor: of the weight format [1]. expert_factor: k, of experts narrower than the matrix units like [1].
    power_bound: rate at the board power [FLOP/s]. card_factor: c, how this card differs from what is usual; 1 unless it
    was measured [1].

    Valid for: products of a few hundred tokens and more. What a kernel does besides multiplying draws power as well, so
    that it reaches its share of either ceiling.
    Source: roofline model with two ceilings joined smoothly; constants fitted, see knowledge/calibration.yaml.

    >>> card_compute_rate(71.2e12, 0.7, 1.0, 1.0, 140e12, 1.0)
    49039653341484.66
    """
    if rate <= 0 or power_bound <= 0:
        raise OutOfRange("no matrix rate is known of the card")
    share = min(engine_share * format_factor * expert_factor * card_factor, CEILING)
    return float(share * (rate**-4 + power_bound**-4) ** -0.25)


def expert_width_share(width: float, narrow: float) -> float:
    """Share of the matrix rate that products with experts of some width reach [1].

    .. math:: s = \\frac{1}{1 + w_0 / w}

    width: w, of one expert's MLP [1]. narrow: w_0, at which half of the rate is reached [1].

    Valid for: mixtures of experts computed by grouped matrix products.
    Source: a tile of a product takes a time for itself besides that for its width; constant fitted, see
    knowledge/calibration.yaml.

    >>> expert_width_share(1536, 1536)
    0.5
    """
    if width <= 0:
        raise OutOfRange("experts without width")
    return 1 / (1 + narrow / width)


def parallel_rate(rates: Sequence[float], ranks: int) -> float:
    """Rate of cards that share every layer: as many times the slowest as there are ranks [unit of the rates].

    .. math:: r = n \\min_i r_i

    rates: of the kinds of card in the group [B/s or FLOP/s]. ranks: cards of the group [1].

    Valid for: equal shares; the slowest rank ends each layer.
    Source: Shoeybi and others, "Megatron-LM", arXiv:1909.08053, section 3 (recalled).

    >>> parallel_rate((900e9, 700e9), 4)
    2800000000000.0
    """
    return ranks * min(rates)


def scattered(value: float, residual: float, reach: float) -> float:
    """What a formula finds, and how far setups of its kind lie from that [unit of the value].

    .. math:: v' = v \\rho^{a}

    value: v, as the formulas find it [any unit]. residual: rho, 1 with the spread of all setups of a kind [1].
    reach: a, how much farther or less far those with a certain link lie [1].

    Valid for: setups that are compared share the residual, so that what they differ by is not lost in it.
    Source: constants found by leaving out each source and GPU in turn, see knowledge/calibration.yaml.

    >>> scattered(0.02, 1.0, 1.5)
    0.02
    """
    return float(value * residual**reach)


def series_rate(rates: Sequence[float], weights: Sequence[float]) -> float:
    """Rate of cards that hold parts of the layers and work one after another: the harmonic mean [unit of the rates].

    .. math:: r = \\frac{\\sum_i w_i}{\\sum_i w_i / r_i}

    rates: of the kinds of card [B/s or FLOP/s]. weights: what each kind holds, in any common unit [1].

    Valid for: one request at a time; every layer is read once, by the card that holds it.
    Source: time adds over a chain of stages.

    >>> series_rate((900e9, 300e9), (1.0, 1.0))
    450000000000.0
    """
    if not weights or min(rates) <= 0 or sum(weights) <= 0:
        raise OutOfRange("cards that hold nothing or read nothing")
    return sum(weights) / sum(weight / rate for weight, rate in zip(weights, rates, strict=True))
