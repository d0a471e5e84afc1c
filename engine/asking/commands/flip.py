"""`flip`: the smallest change that turns a verdict, an option or a conclusion."""

from __future__ import annotations

from typing import Any

from .. import inputs, outputs
from ..parameters import ABOUT_ONE, Command, Option


def run(identity: str, form: str, tries: int | None, size: int, **asked: Any) -> int:
    """Print the cheapest changes that turn it. 1 where none is found."""
    answer = inputs.answer_asked(**asked)
    document = answer.flip(identity, tries, size, outputs.progress("tried"))
    outputs.end_progress()
    outputs.show("flip", document, form)
    return 0 if document["flips"] else 1


COMMAND = Command(
    "flip",
    help="The smallest set of changeable facts that turns the verdict, an option or a conclusion, cheapest first.",
    example="rigwise flip layer_split_is_sequential examples/2x3090_ollama_70b.yaml",
    parameters=(
        *ABOUT_ONE,
        Option(
            "--tries", "Sets of changes to try at most (120; of the verdict 60).", kind="integer", range=(1, 1_000_000)
        ),
        Option("--size", "Changes in a set at most.", kind="integer", default=2, range=(1, 4)),
    ),
    run=run,
)
