"""`detect`: the rig of this machine, or of pasted tool output."""

from __future__ import annotations

from pathlib import Path

from .. import outputs, readings
from ..flags import cards_in_order
from ..parameters import OVERLAYS, Command, Option, formats


def run(sources: tuple[str, ...], gpu: tuple[str, ...], form: str, overlays: tuple[Path, ...]) -> int:
    """Print the rig section of a scenario. 1 where no rig is found, or no card because a tool failed."""
    document = readings.detection(sources, overlays, cards_in_order(gpu))
    outputs.show("detection", document, form)
    return 0 if document["rig"] and ("gpus" in document["rig"] or not document["refused"]) else 1


COMMAND = Command(
    "detect",
    help="The rig section of a scenario, from this machine or from pasted tool output.",
    example="nvidia-smi -q -x > smi.xml; nvidia-smi topo -m > topo.txt; rigwise detect --from smi.xml topo.txt",
    parameters=(
        Option("--from", "Files with tool output, or - for standard input.", name="sources", kind="file", many=True),
        Option("--gpu", "Names of the cards in index order, where the output does not give them.", many=True),
        formats(),
        OVERLAYS,
    ),
    run=run,
)
