"""Layer split: cards that hold consecutive layers and hand each token on, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from .links import send_time
from .validity import counts, not_negative, positive, refusal

__all__ = [
    "largest_stage_layers",
    "layer_split_decode_time",
    "layer_split_prefill_time",
    "layer_split_send_time",
    "layer_split_sends",
    "pipeline_bubble",
]


def layer_split_sends(stages: int) -> int:
    """Messages from card to card in one step of a layer split [1].

    .. math:: m = s - 1

    stages: cards, or groups of cards, in a row, s [1].

    Valid for: engines that return the token through the host, as llama.cpp and vLLM do.
    Source: Huang et al., GPipe, section 2, https://arxiv.org/abs/1811.06965.

    >>> layer_split_sends(stages=4)
    3
    """
    counts(stages=stages)
    return stages - 1


def layer_split_send_time(stages: int, message: float, bandwidth: float, latency: float) -> float:
    """Time that the messages of one step of a layer split take [s].

    .. math:: t = (s - 1)(l + m / B)

    stages: s [1]. message: the residual stream of the step's tokens, m [B]. bandwidth: of the slowest link between
    neighbours, one way, B [B/s]. latency: of one message, copies and launches included, l [s].

    Valid for: sends that nothing hides, as in decode of one sequence.
    Source: `layer_split_sends` and `send_time`.

    >>> layer_split_send_time(stages=4, message=16384, bandwidth=16.384e9, latency=15e-6)
    4.8e-05
    """
    return layer_split_sends(stages) * send_time(message, bandwidth, latency)


def layer_split_decode_time(stage_times: Sequence[float], send: float) -> float:
    """Time of one decode step of one sequence: every card in turn, then the sends [s].

    .. math:: t = \\sum_i t_i + t_s

    stage_times: of each card over its layers, t_i [s]. send: of all messages together, t_s [s].

    Valid for: one sequence, which is on one card at a time; more cards make it no faster.
    Source: Huang et al., GPipe, section 2, https://arxiv.org/abs/1811.06965.

    >>> layer_split_decode_time(stage_times=(0.010, 0.010, 0.014), send=0.00005)
    0.03405
    """
    if not stage_times:
        raise refusal("stage_times", stage_times, "the time of one stage or more")
    for stage in stage_times:
        not_negative(stage_times=stage)
    not_negative(send=send)
    return fsum(stage_times) + send


def layer_split_prefill_time(slowest_stage: float, stages: int, chunks: int) -> float:
    """Time of a prefill whose chunks follow each other through the cards [s].

    .. math:: t = (c + s - 1) \\, t_1

    slowest_stage: time of the slowest card for one chunk, send included, t_1 [s]. stages: s [1].
    chunks: of the prompt, c [1].

    Valid for: engines that overlap the stages, with chunks of one size; without overlap it is c s t_1.
    Source: Huang et al., GPipe, section 2.3, https://arxiv.org/abs/1811.06965.

    >>> layer_split_prefill_time(slowest_stage=0.1, stages=4, chunks=8)
    1.1
    """
    positive(slowest_stage=slowest_stage)
    counts(stages=stages, chunks=chunks)
    return (chunks + stages - 1) * slowest_stage


def pipeline_bubble(stages: int, chunks: int) -> float:
    """Share of a pipeline's time that a card waits [1].

    .. math:: f = \\frac{s - 1}{c + s - 1}

    stages: s [1]. chunks: that follow each other, c [1].

    Valid for: stages of equal time; one sequence in decode is one chunk, so that all but one card wait.
    Source: Huang et al., GPipe, section 2.3, https://arxiv.org/abs/1811.06965.

    >>> pipeline_bubble(stages=4, chunks=1)
    0.75
    """
    counts(stages=stages, chunks=chunks)
    return (stages - 1) / (chunks + stages - 1)


def largest_stage_layers(layers: int, stages: int) -> int:
    """Layers on the fullest card of an even layer split [1].

    .. math:: m = \\lceil L / s \\rceil

    layers: L [1]. stages: s, no more than the layers [1].

    Valid for: splits by count; engines that split by free memory deal differently.
    Source: definition.

    >>> largest_stage_layers(layers=62, stages=4)
    16
    """
    counts(layers=layers, stages=stages)
    if stages > layers:
        raise refusal("stages", stages, f"no more than the {layers} layers there are")
    return -(-layers // stages)
