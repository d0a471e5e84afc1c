"""`estimate`: the numbers only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import inputs, outputs
from ..parameters import MATCHER, OVERLAYS, SCENARIO, Command, formats


def run(scenario: Path | None, matcher: str | None, form: str, overlays: tuple[Path, ...], **flags: Any) -> int:
    """The numbers of a scenario. 1 where it does not fit or cannot run."""
    document = inputs.answer(scenario, flags, overlays, matcher).estimate_document()
    outputs.show("estimate", document, form)
    return outputs.estimate_code(document)


COMMAND = Command(
    "estimate",
    help="The numbers only: fit, memory of each card, speeds, latencies, power, with intervals.",
    example="rigwise estimate --gpu 4x3090 --model qwq-32b --quant fp8 --engine vllm --tensor 4",
    parameters=(*SCENARIO, MATCHER, formats("markdown"), OVERLAYS),
    run=run,
)
