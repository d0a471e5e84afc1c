"""Several requests at once: how many fit, what they wait for, what they get together."""

from __future__ import annotations

from .validity import counts, not_negative, positive

__all__ = [
    "batch_limit",
    "continuous_batching_throughput",
    "requests_in_flight",
    "request_time",
    "time_per_output_token",
    "time_to_first_token",
]


def batch_limit(users: int, kv_tokens: float, tokens_per_request: float) -> int:
    """Requests that run at the same time: those that are there, as far as the cache holds them [1].

    .. math:: b = \\min(u, \\lfloor K / k \\rfloor)

    users: requests waiting or running, u [1]. kv_tokens: that the cache holds, K [1].
    tokens_per_request: prompt and output, k [1].

    Valid for: paged caches, which waste less than a page per request; 0 says that not even one fits.
    Source: Kwon et al., PagedAttention, section 3, https://arxiv.org/abs/2309.06180.

    >>> batch_limit(users=64, kv_tokens=200000, tokens_per_request=8192)
    24
    """
    counts(least=0, users=users)
    not_negative(kv_tokens=kv_tokens)
    positive(tokens_per_request=tokens_per_request)
    return int(min(users, kv_tokens // tokens_per_request))


def continuous_batching_throughput(batch: int, output_tokens: float, prefill: float, step: float) -> float:
    """Output of all requests together under continuous batching [token/s].

    .. math:: r = \\frac{b \\, o}{b \\, t_p + o \\, t_s}

    batch: requests running, b [1]. output_tokens: of one request, o [1]. prefill: of one request alone, t_p [s].
    step: one decode step of the whole batch, t_s [s].

    Valid for: a queue that is never empty, and prefills that hold up the decoding of the others; chunked prefill mixes
    the two and does somewhat better.
    Source: Yu et al., Orca, section 3.1, https://www.usenix.org/conference/osdi22/presentation/yu.

    >>> continuous_batching_throughput(batch=16, output_tokens=512, prefill=0.8, step=0.030)
    290.9
    """
    counts(batch=batch)
    positive(output_tokens=output_tokens, step=step)
    not_negative(prefill=prefill)
    return batch * output_tokens / (batch * prefill + output_tokens * step)


def time_per_output_token(batch: int, output_tokens: float, prefill: float, step: float) -> float:
    """Time from one token of a request to its next, prefills of the others included [s].

    .. math:: t = t_s + (b - 1) \\, t_p / o

    batch: requests running, b [1]. output_tokens: of one request, o [1]. prefill: of one request alone, t_p [s].
    step: one decode step of the whole batch, t_s [s].

    Valid for: as `continuous_batching_throughput`; the mean over a request, single gaps are longer.
    Source: Agrawal et al., Sarathi-Serve, section 3, https://arxiv.org/abs/2403.02310.

    >>> time_per_output_token(batch=16, output_tokens=512, prefill=0.8, step=0.030)
    0.0534375
    """
    counts(batch=batch)
    positive(output_tokens=output_tokens, step=step)
    not_negative(prefill=prefill)
    return step + (batch - 1) * prefill / output_tokens


def time_to_first_token(waiting: float, prefill: float, step: float) -> float:
    """Time from a request to its first token [s].

    .. math:: t = t_w + t_p + t_s

    waiting: for a place in the batch and for prefills before it, t_w [s]. prefill: of this request, t_p [s].
    step: sampling and delivering the first token, t_s [s].

    Valid for: prompts none of which is already cached.
    Source: Agrawal et al., Sarathi-Serve, section 3, https://arxiv.org/abs/2403.02310.

    >>> time_to_first_token(waiting=0.4, prefill=0.8, step=0.030)
    1.23
    """
    not_negative(waiting=waiting, prefill=prefill, step=step)
    return waiting + prefill + step


def request_time(first_token: float, token_time: float, output_tokens: float) -> float:
    """Time from a request to its last token [s].

    .. math:: t = t_1 + (o - 1) t_o

    first_token: time to it, t_1 [s]. token_time: from one token to the next, t_o [s].
    output_tokens: of the request, 1 or more, o [1].

    Valid for: requests that are not preempted.
    Source: definition.

    >>> request_time(first_token=1.0, token_time=0.025, output_tokens=401)
    11.0
    """
    not_negative(first_token=first_token, token_time=token_time)
    positive(output_tokens=output_tokens)
    return first_token + max(output_tokens - 1, 0) * token_time


def requests_in_flight(requests_per_second: float, seconds: float) -> float:
    """Requests in the system at a time, on average [1].

    .. math:: N = \\lambda T

    requests_per_second: arriving, lambda [1/s]. seconds: that one stays, T [s].

    Valid for: systems that keep up with what arrives.
    Source: Little, A proof for the queuing formula L = lambda W, Operations Research 9(3), 1961,
    https://doi.org/10.1287/opre.9.3.383.

    >>> requests_in_flight(requests_per_second=0.5, seconds=12.0)
    6.0
    """
    not_negative(requests_per_second=requests_per_second, seconds=seconds)
    return requests_per_second * seconds
