"""`audit`: sourced claims judged against facts, arithmetic and physical limits."""

from __future__ import annotations

from pathlib import Path

from .. import outputs
from ..parameters import MATCHER, OVERLAYS, Argument, Command, formats


def run(claims: tuple[Path, ...], matcher: str | None, form: str, overlays: tuple[Path, ...]) -> int:
    """Judge the claims of files, of knowledge/claims without any. 1: one does not hold, 2: one cannot be read."""
    from ...auditing.audit import FINDINGS, audit
    from ...auditing.claims import claims_of_files, claims_of_knowledge
    from ...reading import load_knowledge
    from ..inputs import refuse_broken

    knowledge = load_knowledge(overlays)
    refuse_broken(overlays)
    found = claims_of_files(claims) if claims else claims_of_knowledge(knowledge)
    document = audit(found, knowledge, matcher)
    outputs.show("audit", document, form)
    if any("problem" in row for row in document["claims"]):
        return 2
    return 1 if any(row["verdict"] in FINDINGS for row in document["claims"]) else 0


COMMAND = Command(
    "audit",
    help="Judge sourced claims against facts, arithmetic and physical limits; without a file, our own.",
    example="rigwise audit claims.yaml --format markdown",
    parameters=(
        Argument("claims", metavar="[CLAIMS]...", kind="path", required=False, many=True),
        MATCHER,
        formats("markdown"),
        OVERLAYS,
    ),
    run=run,
)
