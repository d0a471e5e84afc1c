"""What the flags an engine is started with mean for the cost model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

WITHOUT_GRAPHS = frozenset({"--enforce-eager", "--disable-cuda-graph", "GGML_CUDA_DISABLE_GRAPHS=1"})
_SLOTS = re.compile(
    r"(?:--parallel|-np|--max-num-seqs|--max-running-requests|--max_batch_size|OLLAMA_NUM_PARALLEL)[ =](\d+)"
)
_UNFUSED = re.compile(r"(?:--flash-attn|-fa)[ =](?:off|0)\b|--no-flash-attn\b")


def flag_name(flag: str) -> str | None:
    """The name of a flag or of an environment setting; None for a word that only carries a value.

    >>> flag_name("--max-num-seqs 64"), flag_name("NCCL_P2P_DISABLE=1"), flag_name("awq")
    ('--max-num-seqs', 'NCCL_P2P_DISABLE', None)
    """
    found = re.match(r"\s*(-[\w-]+|\w+(?==))", flag)
    return found[1] if found else None


def flag_facts(flags: Sequence[str]) -> dict[str, Any]:
    """`eager` (no CUDA graphs), `fused` (flash attention), `slots` (sequences at a time; 0: the engine's own setting).

    >>> flag_facts(["--max-num-seqs 64"])
    {'eager': False, 'fused': True, 'slots': 64}
    """
    words = " ".join(flags)
    slots = _SLOTS.search(words)
    return {
        "eager": bool(WITHOUT_GRAPHS & {*flags, *words.split()}),
        "fused": _UNFUSED.search(words) is None,
        "slots": int(slots[1]) if slots else 0,
    }
