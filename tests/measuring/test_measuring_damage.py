"""Damaged input: cut anywhere, noise inserted, lines shuffled. Only our errors, no hang, nothing new out of a cut."""

from __future__ import annotations

import contextlib
import os
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import RigwiseError
from engine.measuring.detect import detect
from engine.measuring.ingest import ingest
from engine.measuring.models import read_config
from engine.measuring.pasted import paste_of

SAMPLES = sorted(path for path in (Path(__file__).parent / "samples").iterdir() if path.name != "README.md")
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in SAMPLES}
SHORT = {name: text for name, text in TEXTS.items() if len(text) < 6000}

CUTS = 250 if os.environ.get("RIGWISE_SOAK") else 70
"""Places at which each text is cut."""


def measured(text: str) -> set[tuple[str, float, int | None, str]]:
    try:
        found = ingest(text)
    except RigwiseError:
        return set()
    return {(kind(m.metric), m.value, m.msg_bytes, str(m.prompt_len or m.output_len)) for m in found.measurements}


def kind(metric: str) -> str:
    """Of a collective, only what is measured: a cut may hide which collective it was."""
    return metric.removeprefix("all" + "reduce").removeprefix("collective")


def rig(text: str) -> dict[str, object]:
    try:
        return detect([text]).rig
    except RigwiseError:
        return {}


@pytest.mark.parametrize("name", sorted(SHORT))
def test_cut_at_any_byte_yields_no_value_that_the_whole_does_not(name: str) -> None:
    text = SHORT[name]
    whole = measured(text)
    printed = {float(digits) for digits in re.findall(r"\d+(?:\.\d+)?", text)}
    step = max(1, len(text) // CUTS)
    for end in range(0, len(text), step):
        extra = {m for m in measured(text[:end]) if m not in whole and m[1] not in printed}
        assert not extra, (name, end, text[max(0, end - 60) : end])


@pytest.mark.parametrize("name", sorted(n for n in SHORT if n.startswith("topo-")))
def test_cut_matrix_is_whole_or_nothing(name: str) -> None:
    text = SHORT[name]
    whole = rig(text)
    for end in range(0, len(text), max(1, len(text) // (3 * CUTS))):
        cut = rig(text[:end])
        assert cut.get("nvlink") is None or cut.get("nvlink") == whole.get("nvlink"), end
        assert cut.get("p2p") is None or cut.get("p2p") == whole.get("p2p"), end


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_line_endings_colours_and_prefixes_change_nothing(name: str) -> None:
    text = TEXTS[name]
    expected = measured(text), rig(text)
    variants = {
        "crlf": text.replace("\n", "\r\n"),
        "colours": "".join(f"\x1b[32m{line}\x1b[0m\n" for line in text.splitlines()),
        "quoted": "".join(f"> {line}\n" for line in text.splitlines()),
        "bom": "\ufeff" + text,
        "prompt": f"user@host:~$ some-command --flag\n{text}\nuser@host:~$ exit\n",
    }
    for kind, variant in variants.items():
        assert (measured(variant), rig(variant)) == expected, kind


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_damage_raises_only_our_errors(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(SHORT.values())))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 40))
        text = text[:at] + data.draw(st.text(max_size=12)) + text[at + length :]
    measured(text)
    rig(text)


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_mixtures_of_samples_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    chosen = chance.sample(sorted(SHORT.values()), k=4)
    measured("\n".join(chosen))
    rig("\n".join(chosen))
    lines = "\n".join(chosen).splitlines()
    chance.shuffle(lines)
    measured("\n".join(lines))
    rig("\n".join(lines))


@given(st.text(max_size=400))
@settings(max_examples=80, deadline=None)
def test_any_text(text: str) -> None:
    measured(text)
    rig(text)


KEYS = [
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "layer_types",
    "num_experts",
    "sliding_window_pattern",
    "text_config",
    "quantization_config",
    "moe_layer_freq",
    "no_rope_layers",
    "kv_lora_rank",
    "linear_attn_config",
    "sliding_window",
    "attn_layer_period",
    "full_attention_interval",
    "mlp_only_layers",
    "model_type",
    "vocab_size",
    "intermediate_size",
    "num_experts_per_tok",
    "moe_layers",
    "first_k_dense_replace",
    "block_types",
    "attention_chunk_size",
    "hybrid_override_pattern",
    "tie_word_embeddings",
]
WORDS = st.sampled_from(["llama", "gemma3_text", "", "M*"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**30) | st.floats(allow_nan=True) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=14))
@settings(max_examples=80, deadline=None)
def test_any_config_is_read_or_refused(config: dict[str, object]) -> None:
    with contextlib.suppress(RigwiseError):
        read_config(config)


@pytest.mark.parametrize(
    "text",
    [
        "{" * 200_000,
        "[" * 200_000,
        '{"a":' * 50_000,
        "| " * 100_000,
        "GPU0 " * 50_000,
        "<nvidia_smi_log>" * 5000,
        "\n{" * 15_000,
        " " * 100_000,
        "1" * 100_000,
    ],
)
def test_hostile_text_ends_quickly(text: str) -> None:
    started = time.process_time()
    measured(text)
    rig(text)
    assert time.process_time() - started < 20, "seconds for one text of some 100 KB"


def test_lines_keep_their_numbers_through_prefixes() -> None:
    paste = paste_of("svc-1  | one\nsvc-1  | two\nsvc-1  | three\n")
    assert [(line.number, line.text) for line in paste.lines] == [(1, "one"), (2, "two"), (3, "three")]
