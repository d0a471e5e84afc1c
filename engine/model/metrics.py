"""The numbers of an answer as people call them: in a sentence, in a table, with their unit."""

from __future__ import annotations

from collections.abc import Mapping

TERMS: Mapping[str, str] = {
    "weights": "reading weights", "kv_cache": "reading the KV cache", "all_reduce": "all-reduces",
    "launch": "launches and scheduling", "sends": "hand-overs between stages", "host_memory": "host memory",
    "power_limit": "power limit", "compute": "arithmetic",
}  # fmt: skip
"""Parts of the time of a phase."""
METRICS: Mapping[str, tuple[str, str, str]] = {
    "decode_tok_s": ("decode", "decode, one user", "tok/s"),
    "user_decode_tok_s": ("decode of each user", "decode, each user", "tok/s"),
    "prefill_tok_s": ("prefill", "prefill", "tok/s"),
    "output_throughput_tok_s": ("output of all users", "output of all users", "tok/s"),
    "total_throughput_tok_s": ("tokens in and out", "tokens in and out", "tok/s"),
    "ttft_ms": ("first token", "first token", "ms"),
    "tpot_ms": ("each further token", "each further token", "ms"),
    "all_reduce_us": ("one all-reduce", "one all-reduce alone", "µs"),
    "power_w": ("power", "power, one user", "W"),
    "tokens_per_joule": ("tokens per joule", "tokens/J, one user", ""),
    "capacity_tokens": ("room for context", "room for context", "tokens"),
    "requests_at_once": ("requests at once", "requests at once", ""),
}
OF_EACH: Mapping[str, str] = {"capacity_tokens": "room for each user"}
"""What is each one's where several users ask."""
REMARKS: Mapping[str, str] = {
    "all_reduce_us": "by links and library; what the engine adds to each stands in decode and prefill",
}
"""What a number leaves out."""
