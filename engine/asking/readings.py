"""What other tools print, read: the rig of this machine, the measurements of a benchmark."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..paths import KNOWLEDGE
from ..reading import Knowledge, load_knowledge

if TYPE_CHECKING:
    from ..measuring.detect import Detection
    from ..measuring.ingest import Ingested

_DATE = r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"


def detection(sources: Sequence[str], overlays: Iterable[Path], gpus: Sequence[str] = ()) -> dict[str, Any]:
    """The rig section of a scenario, from tool output in files (`-`: standard input) or from this machine."""
    from .inputs import refuse_broken

    layers = list(overlays)
    knowledge = load_knowledge(layers)
    refuse_broken(layers, knowledge)
    return told_of(detected(sources, knowledge, gpus))


def told_of(found: Detection) -> dict[str, Any]:
    """What was detected, as a document."""
    return {
        "schema": "rigwise/detection/1",
        "rig": found.rig,
        **({"workload": found.workload} if found.workload else {}),
        "remarks": found.remarks,
        "unknown": found.unknown,
        "unknown_gpus": [
            {"name": one.name, "gpus": one.gpus, "said": one.said, "command": one.command, "fill_in": one.fill_in}
            for one in found.unknown_gpus
        ],
        "refused": found.refused,
        "commands": found.commands,
    }


def detected(sources: Sequence[str], knowledge: Knowledge, gpus: Sequence[str] = ()) -> Detection:
    """What tools say of the rig: in files (`-`: standard input), or on this machine where none is named."""
    return detected_in(texts_of(sources) if sources else None, knowledge, gpus)


def detected_in(texts: Sequence[str | Path] | None, knowledge: Knowledge, gpus: Sequence[str] = ()) -> Detection:
    """What tools say of the rig in some texts, or on this machine. Raises BadInput where no text is of a rig."""
    from ..measuring.detect import detect
    from ..measuring.limits import entry_by_name, finder
    from ..measuring.served import workload_of

    found = detect(
        texts, find=finder(knowledge), gpu_facts=entry_by_name(knowledge), gpus=gpus,
        engines=knowledge.entries["engines"], ids=knowledge.entries["pci_ids"]["pci_ids"]["ids"],
    )  # fmt: skip
    found.workload, remarks = workload_of(found.served, knowledge, texts is None)
    found.remarks += remarks
    return found


def ingested(found: Ingested) -> dict[str, Any]:
    """The measurements in benchmark outputs, with what was refused and why."""
    rows = [{name: value for name, value in one.row().items() if value not in (None, "")} for one in found.measurements]
    return {
        "schema": "rigwise/ingestion/1",
        "measurements": [
            row | {"read_from": vars_of(one.provenance)} for row, one in zip(rows, found.measurements, strict=True)
        ],
        "refused": [vars_of(one) for one in found.refusals],
        "remarks": [vars_of(one) for one in found.remarks],
    }


MOST_REPAIRS = 5
"""A repair may show the next fault, which may be certain too."""


def validation(
    paths: Sequence[Path], overlays: Iterable[Path], form: str, strict: bool, repair: bool, base: str | None = None
) -> tuple[str, bool]:
    """The findings on knowledge files in a format, and whether they fail. base: revision that changes are held against.

    Without one it is the last commit of the clone that one stands in; `none` compares with nothing.
    """
    from ..checking import FORMATS, fix, level
    from .checking_files import checked_files
    from .outputs import coloured
    from .revisions import before

    older = None if base == "none" else before(base)
    layers = list(overlays)
    report = checked_files(paths, overlays=layers, before=older)
    for _ in range(MOST_REPAIRS if repair else 0):
        if not fix(report):
            break
        report = checked_files(paths, overlays=layers, before=older)
    levels = {level(one) for one in report}
    settings = {"colour": coloured()} if form == "text" else {}
    return FORMATS[form](report, **settings), "error" in levels or (strict and "warning" in levels)


def explanation(code: str) -> dict[str, Any]:
    """What a validation code means, part by part, and its page. Raises UnknownName."""
    from ..checking.codes import explain, explained

    return {"schema": "rigwise/explanation/1", **explained(code), "page": explain(code)}


def backtest(
    data: Path | None,
    overlays: Iterable[Path],
    matcher: str | None,
    unseen: bool = False,
    terms: bool = False,
    rows: Path | None = None,
    picture: Path | None = None,
) -> dict[str, Any]:
    """Predictions against measurements, by stratum.

    unseen: each source and GPU is predicted by constants fitted on the others. terms: say what each of the model buys.
    rows: file for a line of each measurement. picture: file for predicted against measured, as SVG.
    """
    from ..measuring.backtest import cross_validated, document, outcomes, rows_csv

    if picture and picture.suffix.lower() != ".svg":
        raise BadInput(f"cannot draw '{picture.suffix}'", where="--plot", hint="write FILE.svg")
    asked, knowledge = _measurements(data), load_knowledge(overlays)
    found = cross_validated(asked, knowledge, matcher) if unseen else outcomes(asked, knowledge, matcher)
    told = document(found, "leave_one_group_out" if unseen else "none")
    if terms:
        from ..measuring.calibration.ablation import ablation

        told["ablation"] = ablation(asked, knowledge, unseen, matcher)
    if rows:
        _write(rows, rows_csv(found))
    if picture:
        from ..showing.accuracy_picture import svg

        _write(picture, svg([(one.row.metric, one.row.value, one.predicted) for one in found if one.predicted]))
    return told


def calibration(
    data: Path | None, into: Path | None, date: str | None, overlays: Iterable[Path], matcher: str | None
) -> dict[str, Any]:
    """Constants fitted on measurements and written to `into`, or to the built-in knowledge where nothing is said.

    With data of one's own, only what they tell is changed, and nothing is written without `into`.
    """
    from ..measuring.calibration.calibrate import calibrated
    from ..measuring.calibration.refit import refitted
    from ..measuring.calibration.telling import document
    from ..measuring.calibration.writing import text_of

    if date is not None and not re.fullmatch(_DATE, date):
        raise BadInput(f"'{date}' is no date", where="--date", hint="write it as 2026-08-31")
    knowledge = load_knowledge(overlays)
    fit = refitted if data else calibrated
    found = fit(_measurements(data), knowledge, date, matcher)
    folder = into or (None if data else KNOWLEDGE)
    file = folder / "calibration.yaml" if folder else None
    if file:
        _write(file, text_of(found.entry))
    return document(found, knowledge.calibration, file)


def _measurements(data: Path | None) -> list[Any]:
    from ..measuring.rows import read_rows

    return list(read_rows(data or KNOWLEDGE / "measurements" / "published.csv"))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(file)) from None


def vars_of(record: Any) -> dict[str, Any]:
    """The fields of a frozen record that are set."""
    from dataclasses import asdict

    return {name: value for name, value in asdict(record).items() if value is not None}


def texts_of(sources: Sequence[str]) -> list[str | Path]:
    """Files named, and standard input for `-`. Raises BadInput where none is named."""
    if not sources:
        raise BadInput("no file is given", hint="name files, or - for standard input")
    return [_standard_input() if source == "-" else Path(source) for source in sources]


def _standard_input() -> str:
    """What is piped in, in UTF-8 or UTF-16 as in a file; text where the stream has no bytes."""
    from ..measuring.pasted import MOST_BYTES, decoded

    raw = getattr(sys.stdin, "buffer", None)
    return decoded(raw.read(MOST_BYTES + 1)) if raw is not None else sys.stdin.read()


def version_text() -> str:
    """The version: of the installed package, or of pyproject.toml beside a clone that is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("rigwise")
    except PackageNotFoundError:
        import tomllib

        return str(tomllib.loads((KNOWLEDGE.parent / "pyproject.toml").read_text("utf-8"))["project"]["version"])
