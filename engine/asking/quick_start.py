"""`rigwise` with nothing behind it: detect, doctor and recommend in one go where the machine has GPUs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..reading import load_knowledge
from . import examinations, outputs, readings

if TYPE_CHECKING:
    from ..measuring.detect import Detection
    from ..reading import Knowledge

SCHEMA = "rigwise/quick-start/1"
EXAMPLE = 'rigwise recommend --gpu 2x"RTX 3090" --model qwen3-32b --engine ollama'
STEPS = (
    ("rigwise detect > my_rig.yaml", "the rig, as a file to add model and engine to"),
    ("rigwise doctor my_rig.yaml", "free checks"),
    ("rigwise recommend my_rig.yaml", "what to change first, and why"),
)


def rig_here() -> tuple[Detection | None, list[str], Knowledge]:
    """What tools of this machine show of a rig, None where they show no GPU; and why tools that show GPUs failed."""
    knowledge = load_knowledge()
    try:
        found = readings.detected((), knowledge)
    except BadInput:
        return None, [], knowledge
    return (found if found.rig.get("gpus") else None), found.failed, knowledge


def quick_start(agreed: bool, ask: Callable[[str], bool] | None) -> int:
    """Look for GPUs, and go through the three steps if that is agreed or answered with yes.

    ask: puts a question to the person there; None where nobody is. Returns the exit code: 1 where a check is bad.
    """
    found, failed, knowledge = rig_here()
    for reason in failed:
        _say(f"A tool failed: {reason}")
    if found is None:
        _say("No GPU is shown by the tools of this machine (nvidia-smi, rocm-smi, xpu-smi, system_profiler).")
        _say(f"\nDescribe a rig in one line:\n  {EXAMPLE}")
        _say("or from saved tool output:\n  nvidia-smi -q > smi.txt; nvidia-smi topo -m > topo.txt")
        _say("  rigwise doctor --from smi.txt topo.txt")
        return 0
    cards = " + ".join(f"{group['count']}x {group['gpu']}" for group in found.rig["gpus"])
    _say(f"Found {cards}.")
    if agreed or (ask is not None and ask("Check it, and say what to change first?")):
        return _all_steps(found, knowledge)
    _say("\nTo go on (`rigwise --yes` does all three):")
    for command, does in STEPS:
        _say(f"  {command:<34}{does}")
    return 0


def quick_start_document() -> dict[str, Any]:
    """All three steps as one document of schemas/output/quick_start.schema.json; null for what cannot be told."""
    found, failed, knowledge = rig_here()
    told: dict[str, Any] = {
        "schema": SCHEMA, "failed": failed, "detection": None, "doctor": None, "recommendation": None,
    }  # fmt: skip
    if found is None:
        return told
    asked = examinations.with_detected({}, found)
    checks = examinations.examined(asked, found, knowledge, None)
    advice = None if checks["scenario"] is None else _advice(asked, knowledge)
    return told | {"detection": readings.told_of(found), "doctor": checks, "recommendation": advice}


def quick_start_code(document: Mapping[str, Any]) -> int:
    """1 where a check is bad, else 0."""
    return 1 if document["doctor"] and document["doctor"]["counts"]["bad"] else 0


def _all_steps(found: Detection, knowledge: Knowledge) -> int:
    """The rig, the checks and, where every card is known, the advice."""
    _head("1 of 3  THE RIG")
    outputs.show("detection", readings.told_of(found), "text")
    _head("2 of 3  FREE CHECKS")
    asked = examinations.with_detected({}, found)
    checks = examinations.examined(asked, found, knowledge, None)
    outputs.show("doctor", checks, "text")
    _head("3 of 3  ADVICE")
    if checks["scenario"] is None:
        _say("Not before every card is known: see the commands above.")
    else:
        outputs.show("recommendation", _advice(asked, knowledge), "text", detail="brief")
        if "model" not in found.workload or "engine" not in found.workload:
            _say("\nA model or engine that is not told is a typical one. Tell yours with --model, --quant, --engine.")
    return quick_start_code({"doctor": checks})


def _advice(asked: Mapping[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    from ..advice.recommend import Answer
    from ..checking.scenario import read_scenario
    from .model_files import with_model_file

    given, lent, told = with_model_file(dict(read_scenario(dict(asked))), knowledge)
    return Answer(given, lent, model_file=told).recommendation()


def _head(text: str) -> None:
    _say(f"\n{text}\n")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
