"""`what-if`: numbers, conclusions and options before and after a change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import BadInput
from .. import inputs, outputs
from ..flags import assignment
from ..parameters import MATCHER, OVERLAYS, SCENARIO, Command, formats


def run(scenario: Path | None, matcher: str | None, form: str, overlays: tuple[Path, ...], **flags: Any) -> int:
    """Print what changes. The flags describe the rig before; what is `--set` is the change."""
    asked = flags.pop("set", None) or ()
    if not asked:
        raise BadInput("nothing is changed", where="--set", hint="write a path and a value: --set workload.users=4")
    from ...advice.what_if import what_if

    before = inputs.answer(scenario, flags, overlays, matcher)
    after = inputs.answer(scenario, {**flags, "set": asked}, overlays, matcher)
    outputs.show("what_if", what_if(before, after, dict(assignment(one) for one in asked)), form)
    return 0


COMMAND = Command(
    "what-if",
    help="Before and after of every number, conclusion and option, with some values set otherwise.",
    example="rigwise what-if examples/4x3090_vllm.yaml --set workload.users=16 --set rig.driver=p2p_patched",
    parameters=(*SCENARIO, MATCHER, formats("markdown"), OVERLAYS),
    run=run,
)
