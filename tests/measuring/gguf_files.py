"""GGUF files made for tests: a header, a few tensors, no weights."""

# ruff: noqa: E501 (metadata keeps its lines)

from __future__ import annotations

import struct
from typing import Any


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def pair(key: str, value: Any) -> bytes:
    if isinstance(value, str):
        return string(key) + struct.pack("<I", 8) + string(value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return string(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(string, value))
    if isinstance(value, list):
        return string(key) + struct.pack("<IIQ", 9, 4, len(value)) + struct.pack(f"<{len(value)}I", *value)
    return string(key) + struct.pack("<II", 4, value)


def gguf(metadata: dict[str, Any], tensors: list[tuple[str, tuple[int, ...], int]], version: int = 3) -> bytes:
    head = (
        b"GGUF"
        + struct.pack("<IQQ", version, len(tensors), len(metadata))
        + b"".join(pair(k, v) for k, v in metadata.items())
    )
    for name, shape, kind in tensors:
        head += (
            string(name)
            + struct.pack("<I", len(shape))
            + struct.pack(f"<{len(shape)}Q", *shape)
            + struct.pack("<IQ", kind, 0)
        )
    return head + b"\0" * (-len(head) % 32)


METADATA = {
    "general.architecture": "qwen3moe", "general.name": "Tiny", "general.file_type": 15, "qwen3moe.block_count": 2, "qwen3moe.embedding_length": 256,
    "qwen3moe.attention.head_count": 4, "qwen3moe.attention.head_count_kv": 2, "qwen3moe.attention.key_length": 64, "qwen3moe.feed_forward_length": 768,
    "qwen3moe.expert_feed_forward_length": 256, "qwen3moe.expert_count": 8, "qwen3moe.expert_used_count": 2, "qwen3moe.context_length": 4096,
    "tokenizer.ggml.tokens": [f"t{i}" for i in range(5000)],
}  # fmt: skip
TENSORS = [
    ("token_embd.weight", (256, 5000), 12), ("output.weight", (256, 5000), 14), ("blk.0.attn_q.weight", (256, 256), 12),
    ("blk.0.ffn_up_exps.weight", (256, 256, 8), 12), ("blk.1.attn_q.weight", (256, 256), 12), ("blk.1.ffn_up_exps.weight", (256, 256, 8), 14),
    ("output_norm.weight", (256,), 0),
]  # fmt: skip
