"""GGUF files that tell less, or other things, than a model of the knowledge: what is read, what is not, and no guess."""

# ruff: noqa: E501 (metadata keeps its lines)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gguf_files import gguf

from engine.asking.model_files import with_model_file
from engine.errors import BadInput
from engine.measuring.models import ModelRead, read_model
from engine.reading import Knowledge

LAYERS, HIDDEN = 80, 8192


def metadata(architecture: str, **more: Any) -> dict[str, Any]:
    shape = {"block_count": LAYERS, "embedding_length": HIDDEN, "attention.head_count": 64, "attention.head_count_kv": 8,
             "feed_forward_length": 28672, "context_length": 131072, "vocab_size": 128256, **more}  # fmt: skip
    named = {f"{architecture}.{name}": value for name, value in shape.items() if value is not None}
    return {"general.architecture": architecture, "general.name": "Stranger", "general.file_type": 15, **named}


def layer(number: int) -> list[tuple[str, tuple[int, ...], int]]:
    parts = {"attn_q": (HIDDEN, HIDDEN), "attn_k": (HIDDEN, 1024), "attn_v": (HIDDEN, 1024), "attn_output": (HIDDEN, HIDDEN),
             "ffn_up": (HIDDEN, 28672), "ffn_gate": (HIDDEN, 28672), "ffn_down": (28672, HIDDEN)}  # fmt: skip
    return [(f"blk.{number}.{name}.weight", shape, 12) for name, shape in parts.items()]


ENDS = [("token_embd.weight", (HIDDEN, 128256), 12), ("output.weight", (HIDDEN, 128256), 14)]
WHOLE = [*ENDS, *(tensor for number in range(LAYERS) for tensor in layer(number))]


def read(folder: Path, told: dict[str, Any], tensors: list[Any], name: str = "model.gguf") -> ModelRead:
    path = folder / name
    path.write_bytes(gguf(told, tensors))
    return read_model(path)


def key_of(folder: Path, told: dict[str, Any], knowledge: Knowledge) -> tuple[str, dict[str, Any]]:
    read(folder, told, WHOLE)
    _, _, found = with_model_file({"workload": {"model": str(folder / "model.gguf")}}, knowledge)
    assert found is not None
    return found["key"], found


def test_the_shape_alone_makes_an_unknown_architecture_no_known_model(tmp_path: Path, knowledge: Knowledge) -> None:
    known, _ = key_of(tmp_path, metadata("llama"), knowledge)
    strange, told = key_of(tmp_path, metadata("foonet"), knowledge)
    assert knowledge.entries["models"][known]["layers"] == LAYERS
    assert strange == "stranger" and told["same_as"] is None and "foonet is not known" in told["unread"][0]
    assert told["bytes"] == sum(shape[0] * shape[1] * {12: 144, 14: 210}[kind] // 256 for _, shape, kind in WHOLE)


def test_missing_heads_are_counted_by_the_tensors(tmp_path: Path) -> None:
    found = read(tmp_path, metadata("llama", **{"attention.head_count_kv": None}), WHOLE)
    assert found.entry["kv_heads"] == 8 and any("kv_heads" in one for one in found.read)
    odd = read(tmp_path, metadata("llama", **{"attention.head_count_kv": 4}), WHOLE)
    assert odd.entry["kv_heads"] == 4 and "its tensors have 8" in odd.unread[0]


def test_states_that_no_layer_has_or_that_stand_beside_attention_are_said(tmp_path: Path) -> None:
    ssm = {"ssm.state_size": 128, "ssm.inner_size": 16384}
    alone = read(tmp_path, metadata("foonet", **ssm), WHOLE)
    assert any("no layer with a state" in one for one in alone.unread) and "attention" not in alone.entry
    beside = [*WHOLE, *((f"blk.{number}.ssm_in.weight", (HIDDEN, 512), 12) for number in range(LAYERS))]
    assert any("beside their attention" in one for one in read(tmp_path, metadata("foonet", **ssm), beside).unread)


def test_layers_with_a_state_are_told_from_attention_by_their_tensors(tmp_path: Path) -> None:
    mixed = [*ENDS]
    for number in range(LAYERS):
        own = layer(number)
        mixed += own if number % 4 == 3 else [(f"blk.{number}.ssm_in.weight", (HIDDEN, 512), 12), *own[4:]]
    found = read(tmp_path, metadata("granitehybrid", **{"ssm.state_size": 128, "ssm.inner_size": 16384}), mixed)
    assert found.entry["attention"] == {
        "full_layers": 20, "window_layers": 0, "linear_layers": 60, "state_bytes_per_layer": 16384 * 128 * 4 + 3 * (16384 + 256) * 4,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["m-00001-of-00003.gguf", "renamed.gguf"])
def test_a_part_of_a_model_has_no_sizes(name: str, tmp_path: Path) -> None:
    split = metadata("llama") | {"split.count": 3, "split.no": 0, "split.tensors.count": len(WHOLE)}
    first = [*ENDS, *((f"blk.{number}.attn_q.weight", (HIDDEN, HIDDEN), 12) for number in range(LAYERS))]
    found = read(tmp_path, split, first, name)
    assert found.bytes is None and "parameters" not in found.entry and not found.complete
    assert any("480 of its tensors are in other files" in one for one in found.unread)
    assert any("3 files, 1 were read" in one for one in found.unread)


def test_a_later_part_alone_says_which_part_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"part 2 of 3") as caught:
        read(tmp_path, {"split.count": 3, "split.no": 1, "split.tensors.count": 9}, layer(1))
    assert "part 1" in str(caught.value.hint)


def test_an_encoder_is_no_model_that_writes(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no model that writes text"):
        read(tmp_path, metadata("nomic-bert"), ENDS)


def test_a_file_that_ends_among_its_weights_is_told_of(tmp_path: Path) -> None:
    def unread(weights: int) -> list[str]:
        path = tmp_path / "model.gguf"
        path.write_bytes(gguf(metadata("llama"), WHOLE) + bytes(weights))
        return [told for told in read_model(path).unread if "bytes of its weights" in told]

    longest = 128256 * HIDDEN // 256 * 210
    assert not unread(0), "a header alone is what is asked for"
    assert unread(4096) == [
        f"the last {longest - 4096} bytes of its weights: the file ends before them, as a download that is not whole"
    ]
