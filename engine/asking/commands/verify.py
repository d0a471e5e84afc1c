"""`verify`: a saved answer recomputed by an independent checker."""

from __future__ import annotations

from pathlib import Path

from .. import inputs, outputs
from ..parameters import OVERLAYS, Argument, Command, formats


def run(result: Path, form: str, overlays: tuple[Path, ...]) -> int:
    """Check a saved result. 1 where it does not hold."""
    document = inputs.verification(result, overlays)
    outputs.show("verification", document, form)
    return 0 if document["holds"] else 1


COMMAND = Command(
    "verify",
    help="Recompute every step of a saved recommendation without the inference engine.",
    example="rigwise recommend examples/4x3090_vllm.yaml --save result.json; rigwise verify result.json",
    parameters=(Argument("result", kind="path"), formats(), OVERLAYS),
    run=run,
)
