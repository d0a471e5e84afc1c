"""`why`: the proof of what an answer says."""

from __future__ import annotations

from typing import Any

from .. import inputs, outputs
from ..parameters import ABOUT_ONE, Command, Option


def run(identity: str, form: str, depth: int, all_proofs: bool, **asked: Any) -> int:
    """Print the proof tree of a conclusion, an option or a number."""
    answer = inputs.answer_asked(**asked)
    outputs.show("why", answer.why(identity, all_proofs=all_proofs), form, depth=depth)
    return 0


COMMAND = Command(
    "why",
    help="Proof tree of a conclusion, an option, a number (decode_tok_s, p7 …) of this scenario.",
    example="rigwise why decode_tok_s examples/4x3090_vllm.yaml --depth 3",
    parameters=(
        *ABOUT_ONE,
        Option("--depth", "Levels of the tree.", kind="integer", default=6, range=(0, 64)),
        Option("--all-proofs", "Every derivation, not only the shortest.", kind="flag", default=False),
    ),
    run=run,
)
