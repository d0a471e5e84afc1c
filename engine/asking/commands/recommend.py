"""`recommend`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import inputs, outputs
from ..parameters import MATCHER, OVERLAYS, SCENARIO, Command, Option, formats


def run(
    scenario: Path | None,
    matcher: str | None,
    form: str,
    overlays: tuple[Path, ...],
    save: Path | None,
    first_screen: bool,
    full: bool,
    **flags: Any,
) -> int:
    """Answer for a scenario, and save the answer where asked. 1 where nothing runs the model."""
    answer = inputs.answer(scenario, flags, overlays, matcher)
    report = form in ("html", "markdown")
    document = answer.recommendation(brief=form == "text" and save is None, asked_again=full or report)
    if save:
        outputs.write(save, document)
    outputs.show("recommendation", document, form, detail="full" if full else "brief" if first_screen else "usual")
    return outputs.verdict_code(document)


COMMAND = Command(
    "recommend",
    help="Where the rig stands, what limits it, every option ranked or rejected, each with its proof.",
    example="""rigwise recommend examples/4x3090_vllm.yaml
rigwise recommend --gpu 2x3090 --engine ollama --model llama-3.3-70b --budget 500""",
    parameters=(
        *SCENARIO,
        MATCHER,
        formats("markdown", "html"),
        OVERLAYS,
        Option("--save", "Write the JSON answer to this file as well.", kind="path"),
        Option("--brief", "Text: the first screen alone.", name="first_screen", kind="flag"),
        Option(
            "--full",
            "Try other values of what is assumed; as text, tell all that is rejected, concluded and proved.",
            kind="flag",
        ),
    ),
    run=run,
)
