"""Many requests at once: how continuous batching shares steps and prefills among them."""

from __future__ import annotations

from ..errors import OutOfRange

__all__ = [
    "admitted_cache", "batch_that_runs", "generation_cycle", "loaded_throughput", "loaded_token_time", "loaded_wait",
    "prompts_together", "sequence_overhead", "sequence_slots", "stage_share", "total_rate",
]  # fmt: skip


def batch_that_runs(users: float, kv_bytes: float, free: float, most: float) -> float:
    """Requests that one copy of the model works on at the same time [1].

    .. math:: b = \\min(u, \\max(f / k, 1), m)

    users: requests that want service of this copy [1]. kv_bytes: cache of one request [B]. free: memory of all cards of
    the copy that weights leave [B]. most: the engine's own limit [1].

    Valid for: engines with a paged cache; others reserve the whole context for each request.
    Source: Kwon and others, "PagedAttention", arXiv:2309.06180 (recalled).

    >>> batch_that_runs(64, 1e9, 20e9, 1024)
    20.0
    """
    if users <= 0:
        raise OutOfRange("no user")
    room = max(free / kv_bytes, 1.0) if kv_bytes > 0 else most
    return float(min(users, room, most))


def admitted_cache(middle: float, whole: float, reserved: float) -> float:
    """Cache that a request must find free to be taken in and to stay [B].

    .. math:: k = m + r (w - m)

    middle: m, held halfway through the answer [B]. whole: w, held at its end [B]. reserved: r, 1 where the engine
    reserves the whole at once, 0 where caches grow and requests are at unlike points of their answers [1].

    Valid for: answers of equal length.
    Source: TensorRT-LLM's scheduler evicts nothing that it has taken in; vLLM takes in by what is there.

    >>> admitted_cache(1e9, 1.5e9, 1)
    1500000000.0
    """
    return middle + reserved * (whole - middle)


def sequence_slots(asked: float, usual: float) -> float:
    """Sequences that an engine is set to work on at a time [1].

    .. math:: s = a \\text{ where } a > 0, \\text{ else } u

    asked: a, by a flag of the engine; 0 where there is none [1]. usual: u, the engine's own setting [1].

    Valid for: engines with a fixed number of places.
    Source: llama-server --parallel (4 unless set); vllm --max-num-seqs.

    >>> sequence_slots(0, 4)
    4
    """
    return asked if asked > 0 else usual


def prompts_together(prompt: float, batch: float, chunk: float) -> float:
    """Prompts that share a pass of prefill under load [1].

    .. math:: m = \\max(\\min(b, c / P), 1)

    prompt: P, tokens of each [token]. batch: b, requests worked on at a time [1]. chunk: c, the most tokens of one
    pass [token].

    Valid for: continuous batching with prompts shorter than a pass.
    Source: chunked prefill; Agrawal and others, "Sarathi-Serve", arXiv:2403.02310 (recalled).

    >>> prompts_together(1024, 16, 8192)
    8.0
    """
    return max(min(batch, chunk / max(prompt, 1.0)), 1.0)


def stage_share(batch: float, stages: float) -> float:
    """Sequences of a batch that pass one stage of a pipeline together [1].

    .. math:: b' = b / \\min(b, S)

    batch: b [1]. stages: S [1].

    Valid for: engines that keep every stage busy with its own part of the batch.
    Source: definition of micro-batches.

    >>> stage_share(16, 4)
    4.0
    """
    return batch / max(min(batch, stages), 1.0)


def sequence_overhead(batch: float, each: float) -> float:
    """Scheduling and sampling of the further sequences of a step [s].

    .. math:: t = o (b - 1)

    batch: b [1]. each: o [s].

    Valid for: batches of one and more.
    Source: constant fitted, see knowledge/calibration.yaml.

    >>> sequence_overhead(11, 1e-5)
    0.0001
    """
    return each * max(batch - 1, 0.0)


def generation_cycle(output: float, step: float, batch: float, prefill: float) -> float:
    """Time in which every sequence of a full batch is read and answered once [s].

    .. math:: c = O t + b p

    output: O, tokens of an answer [token]. step: t, of one decode step of the batch [s]. batch: b [1]. prefill: p, of
    one prompt among others [s].

    Valid for: prompts read between decode steps on the same cards.
    Source: continuous batching; Yu and others, "Orca", OSDI 2022 (recalled).

    >>> generation_cycle(100, 0.02, 4, 0.1)
    2.4
    """
    if output <= 0 or step <= 0:
        raise OutOfRange("an answer without tokens or a step without time")
    return output * step + batch * prefill


def loaded_throughput(copies: float, batch: float, output: float, cycle: float) -> float:
    """Output tokens per second of all requests together [1/s].

    .. math:: v = R b O / c

    copies: R, of the model that have requests to work on [1]. batch: b, requests that each works on [1]. output: O
    [token]. cycle: c [s].

    Valid for: requests that follow each other without pause.
    Source: Little's law.

    >>> loaded_throughput(1, 4, 100, 2.4)
    166.667
    """
    return copies * batch * output / cycle


def loaded_token_time(step: float, batch: float, prefill: float, output: float) -> float:
    """Time for each output token of a request after the first, prefills of the others between [s].

    .. math:: t' = t + (b - 1) p / O

    step: t [s]. batch: b [1]. prefill: p, of one prompt [s]. output: O [token].

    Valid for: continuous batching in balance.
    Source: each other request of the batch is read once for each answer.

    >>> loaded_token_time(0.02, 5, 0.1, 100)
    0.024
    """
    return step + (batch - 1) * prefill / max(output, 1.0)


def loaded_wait(
    server: float, prefill: float, shared: float, batch: float, queue: float, step: float, users: float, cycle: float
) -> float:
    """Time to the first token [s].

    .. math:: w = s + p + p' q (b - 1) + [b > 1] t + (1 - q) \\max(u / b - 1, 0) c

    server: s, of accepting and answering [s]. prefill: p, of one prompt alone [s]. shared: p', of one prompt among
    others [s]. batch: b, requests worked on [1]. queue: q, half over the rounds of a benchmark: in the first, all come
    at once and a request waits for half of the others; after it they come evenly [1]. step: t, of one decode step [s].
    users: u, requests that want service [1]. cycle: c, after which a place is free [s].

    Valid for: users who ask again when they are answered, as benchmarks do.
    Source: the mean place in a queue of b is (b - 1) / 2; constants fitted, see knowledge/calibration.yaml.

    >>> loaded_wait(0.005, 0.1, 0.1, 1, 0.1, 0.02, 1, 2.0)
    0.105
    """
    waiting = (1 - queue) * max(users / batch - 1, 0.0) * cycle
    return float(server + prefill + shared * queue * (batch - 1) + (step if batch > 1 else 0.0) + waiting)


def total_rate(output_rate: float, prompt: float, output: float) -> float:
    """Prompt and output tokens per second together [1/s].

    .. math:: v = o (P + O) / O

    output_rate: o, output tokens per second [1/s]. prompt: P [token]. output: O [token].

    Valid for: requests of one shape.
    Source: definition.

    >>> total_rate(100.0, 1000, 100)
    1100.0
    """
    if output <= 0:
        raise OutOfRange("an answer without tokens")
    return output_rate * (prompt + output) / output
