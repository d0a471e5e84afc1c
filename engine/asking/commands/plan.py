"""`plan`: what to build or buy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import BadInput
from .. import outputs, plans
from ..parameters import OVERLAYS, Command, Option, formats


def run(form: str, overlays: tuple[Path, ...], row: str | None, plot: Path | None, **flags: Any) -> int:
    """The plan in the format asked for. 1 where nothing does what is asked, the rig that is there neither. Raises
    BadInput and its kin."""
    if row is not None and form in plans.PAGES:
        raise BadInput(f"--row: one row has no form {form}", hint="leave --row out, or take text, json or markdown")
    document, one = plans.planned(flags, overlays, row)
    if plot is not None:
        plans.draw(document, plot)
    if form in plans.PAGES:
        outputs.say(plans.page(document, form))
    else:
        outputs.show("plan_row" if one else "plan", one or document, form)
    return 0 if document["verdict"]["answered"] else 1


COMMAND = Command(
    "plan",
    help="What to build or buy for a model: all builds searched, the front of money, speed and power, proved.",
    example="rigwise plan --model llama-3.1-70b --users 4 --target-decode 30 --budget 7500 --max-watts 1500",
    parameters=(
        Option("--model", "Model key or name."),
        Option("--quant", "Quantizations to try; all of 4 bits and more without it.", many=True),
        Option("--min-bits", "Bits for each weight, at least."),
        Option("--kv", "Type of the KV cache."),
        Option("--engine", "Engines to try; all that serve without it.", many=True),
        Option(
            "--target-decode",
            "Tokens per second that each user gets, at least: with several --users while all of them are served.",
            name="decode",
        ),
        Option("--target-decode-alone", "The same of one user while no other asks.", name="decode_alone"),
        Option("--target-prefill", "Prompt tokens per second, at least.", name="prefill"),
        Option("--target-throughput", "Output tokens per second of all users together, at least.", name="throughput"),
        Option("--prompt", "Prompt tokens."),
        Option("--output", "Output tokens."),
        Option("--context", "Context tokens to make room for."),
        Option("--users", "Users who ask at the same time."),
        Option("--budget", "USD that may be spent."),
        Option("--max-watts", "Watts that all cards may draw at their limits."),
        Option("--slots", "Cards that may be fitted at most."),
        Option("--min-lanes", "Lanes of each slot, at least; 4 without it, which leaves out risers of one."),
        Option("--gpu", "Cards to choose from.", many=True),
        Option("--brand", "Vendors to choose from: nvidia, amd, intel, apple.", many=True),
        Option("--vendor", "The same as --brand.", many=True),
        Option("--without-brand", "Vendors to leave out.", many=True),
        Option("--second-hand/--new-only", "Whether used cards may be bought.", kind="flag", default=True),
        Option("--second-hand-only", "Used cards alone; the machine around them as it is priced.", kind="flag"),
        Option(
            "--p2p-driver/--no-p2p-driver",
            "Whether to try the patched driver by which cards copy to each other.",
            kind="flag",
            default=True,
        ),
        Option(
            "--links",
            "NVLink between the cards: any, nvlink (every card joined to another one) or none (no bridges).",
            choices=("any", "nvlink", "none"),
        ),
        Option("--host-watts", "Watts that the machine draws beside its cards."),
        Option("--optimize", choices=("latency", "throughput", "prefill", "efficiency", "capacity", "cost")),
        Option("--from", "The scenario of a rig that is there: upgrades, old cards sold.", name="start", kind="path"),
        Option("--prices", "Prices of your own, YAML, JSON or CSV: item, low, high, date, source.", kind="path"),
        Option("--price", "One price of your own, as rtx_3090=650 or rtx_3090=600-700.", many=True),
        Option("--rows", "Rows to show at most.", kind="integer", default=12, range=(1, 200)),
        Option("--row", "One row alone: its parts, its command and the proof of its decode speed."),
        Option("--plot", "Write the front as a picture: FILE.svg or FILE.png.", kind="path"),
        formats("markdown", "html", "csv"),
        OVERLAYS,
    ),
    run=run,
)
