"""From arguments to a plan: names and numbers read, prices of one's own, one row with its proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput, UnknownName
from . import inputs
from .flags import amount, price

if TYPE_CHECKING:
    from ..reading import Knowledge

WORK = ("model", "users", "prompt", "output", "context", "kv")
"""Flags that say what a rig that is there is used for, in place of its file."""
AMOUNTS = (
    "min_bits", "min_lanes", "decode", "decode_alone", "prefill", "throughput", "prompt", "output", "context", "users",
    "budget", "max_watts", "slots", "host_watts",
)  # fmt: skip
SPELLED = {name: f"target-{name.replace('_', '-')}" for name in ("decode", "decode_alone", "prefill", "throughput")}
PARTS = ("item", "low", "high", "date", "source")
BESIDE = ("price", "note", "currency")
"""What a price of one's own may have besides: one number for both ends, a word on it, and USD."""


def planned(
    flags: Mapping[str, Any], overlays: Iterable[Path], row: str | None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The plan, and one of its rows with its proof where one is asked for. Raises BadInput and its kin."""
    plan_of = _searching()
    from ..reading import load_knowledge

    layers = list(overlays)
    knowledge = load_knowledge(layers)
    inputs.refuse_broken(layers)
    asked = {**flags, **{name: amount(flags[name], f"--{SPELLED.get(name, name)}") for name in AMOUNTS
                         if flags.get(name) is not None}}  # fmt: skip
    asked, knowledge = _with_model_file(asked, knowledge)
    asked["brand"] = [*(flags.get("brand") or ()), *(flags.get("vendor") or ())]
    own = _prices(flags, knowledge)
    used = {name: asked[name] for name in WORK if asked.get(name) is not None}
    start = _start(Path(flags["start"]), used) if flags.get("start") else None
    _refuse_sliced(start, flags)
    plan = plan_of(asked, knowledge, own, start)
    document = plan.document()
    if row is None:
        return document, None
    return document, _one(document, row, knowledge)


def _start(path: Path, used: Mapping[str, Any]) -> dict[str, Any]:
    """The rig that is there. Raises BadInput; of one without cards it says how a plan counts the rest of it."""
    try:
        return inputs.scenario(path, used)
    except inputs.NoCards as problem:
        problem.hint = "of a machine without cards: leave --from out and write --price PART=0 for each part of it, "
        problem.hint += "such as platform_consumer (`rigwise list prices`)"
        raise


def _with_model_file(asked: dict[str, Any], knowledge: Knowledge) -> tuple[dict[str, Any], Knowledge]:
    """A model that is named by a file, lent to the knowledge under a key; its format where none is asked for.

    Raises BadInput where its parameters are not known, without which no rig can be sized.
    """
    from .model_files import with_model_file

    workload = {"model": asked.get("model"), "quantization": next(iter(asked.get("quant") or ()), None)}
    given, knowledge, told = with_model_file({"workload": workload}, knowledge)
    if told and "parameters" not in told["entry"]:
        hint = "; ".join(told["unread"]) or "give a .gguf file, which lists its tensors"
        raise BadInput("no rig can be sized for it: its parameters are not known", where=told["path"], hint=hint)
    return ({**asked, "model": given["workload"]["model"]} if told else asked), knowledge


def _searching() -> Any:
    try:
        from ..search.plan import Plan
    except ModuleNotFoundError as missing:
        if missing.name != "numpy":
            raise
        raise BadInput("`plan` needs NumPy, which is not installed", hint="pip install 'rigwise[plan]'") from None
    return Plan


def _one(document: Mapping[str, Any], row: str, knowledge: Knowledge) -> dict[str, Any]:
    from ..advice.recommend import Answer
    from ..search.spending import why_cost

    found = next((one for one in document["front"] if one["id"] == row), None)
    if found is None:
        ids = [one["id"] for one in document["front"]]
        raise UnknownName("row", row, ids[:3] or ["none: nothing does what is asked"])
    answer = Answer({name: found["scenario"][name] for name in ("rig", "workload", "goal")}, knowledge)
    cost = why_cost(found, knowledge)
    shared = {part: document[part] for part in ("names", "references")}
    return {
        "schema": "rigwise/plan_row/1",
        "row": found,
        "why_cost": cost,
        "why": answer.why(found["proves"]),
        **shared,
    }


def _prices(flags: Mapping[str, Any], knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    if flags.get("prices") is not None:
        path = Path(flags["prices"])
        found |= {_item(name, knowledge, str(path)): value for name, value in _price_file(path).items()}
    found |= {_item(name, knowledge, "--price"): dict(value) for name, value in map(price, flags.get("price") or ())}
    return found


def _item(name: str, knowledge: Knowledge, place: str) -> str:
    """An item of knowledge/prices, a GPU, or the price of a platform. Raises BadInput at the place."""
    if not name.strip():
        raise BadInput("a price without a name", where=place, hint="name a GPU or an item of `rigwise list prices`")
    if name in knowledge.entries["prices"]:
        return name
    try:
        if name.startswith("platform_"):
            return f"platform_{knowledge.find('platforms', name.removeprefix('platform_'))}"
        return knowledge.find("gpus", name)
    except BadInput as problem:
        problem.where = place
        raise


def _price_file(path: Path) -> dict[str, dict[str, Any]]:
    """Prices by item, of a CSV with a header or of YAML or JSON. Raises BadInput with the place of what is wrong."""
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _tree_rows(path)
    return {name: _checked(name, row, f"{path}: {name}") for name, row in rows.items()}


def _csv_rows(path: Path) -> dict[str, Any]:
    import csv

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"cannot be read: {error}", where=str(path)) from None
    if rows and "item" not in rows[0]:
        hint = f"the columns are {', '.join(PARTS)}, with commas between them"
        raise BadInput("has no column `item`", where=str(path), hint=hint)
    for number, row in enumerate(rows, 1):
        if None in row:
            hint = "write a number without commas, or in quotes"
            raise BadInput("more cells than there are columns", where=f"{path}: row {number}", hint=hint)
    return _by_item(({name: value for name, value in row.items() if name and value} for row in rows), path)


def _tree_rows(path: Path) -> dict[str, Any]:
    tree = inputs.read_tree(path)
    rows = tree.get("prices", tree) if isinstance(tree, dict) else tree
    if isinstance(rows, list):
        return _by_item(rows, path)
    if not isinstance(rows, dict):
        raise BadInput(
            "is no mapping of items to prices", where=str(path), hint="write rtx_3090: {low: 600, high: 700}"
        )
    return dict(rows)


def _by_item(rows: Iterable[Any], path: Path) -> dict[str, Any]:
    """Rows that name their item each. Raises BadInput for one that does not, and for an item that is told twice."""
    found: dict[str, Any] = {}
    for number, row in enumerate(rows, 1):
        item = str(row.get("item") or "") if isinstance(row, Mapping) else ""
        if not item or item in found:
            wrong = f"{item} is priced twice" if item else "a price without a name"
            hint = "write one row for an item, with low and high" if item else f"each row has {', '.join(PARTS)}"
            raise BadInput(wrong, where=f"{path}: row {number}", hint=hint)
        found[item] = row
    return found


def _checked(name: str, row: Any, place: str) -> dict[str, Any]:
    if isinstance(row, int | float) and not isinstance(row, bool):
        row = {"low": row, "high": row}
    if not isinstance(row, Mapping):
        raise BadInput(f"the price of {name} is {row!r}", where=place, hint="write a number, or {low: 600, high: 700}")
    _refuse_unread(row, place)
    told = [row[end] for end in ("low", "price", "high") if row.get(end) not in (None, "")]
    low = _usd(told[0] if told else "nothing", place)
    high = _usd(row["high"], place) if row.get("high") not in (None, "") else low
    if not 0 <= low <= high < 1e9:
        raise BadInput(f"from {low} to {high}", where=place, hint="low must not be above high, nor below 0")
    said = {part: str(row[part]) for part in ("date", "source") if row.get(part)}
    _refuse_date(said.get("date"), place)
    return {"low": float(low), "high": float(high), **said}


def _refuse_unread(row: Mapping[str, Any], place: str) -> None:
    """Raise BadInput for what a price has beside it and nothing reads, and for money that is no US dollars."""
    unread = [str(name) for name in row if name not in (*PARTS, *BESIDE)]
    if unread:
        hint = f"a price has {', '.join((*PARTS[1:], *BESIDE))}"
        raise BadInput(f"nothing reads '{unread[0]}'", where=place, hint=hint)
    if str(row.get("currency") or "USD").strip().upper() not in ("USD", "$"):
        hint = "write it in USD: no rate of exchange is known"
        raise BadInput(f"a price in {row['currency']}", where=place, hint=hint)


def _refuse_date(told: str | None, place: str) -> None:
    """Raise BadInput for a date of a price that is none, or that is still to come."""
    if told is None:
        return
    try:
        day = date(*map(int, [*told.split("-"), "1", "1"][:3]))
    except (ValueError, OverflowError):
        raise BadInput(f"'{told}' is no date", where=place, hint="write 2026-11-01, 2026-11 or 2026") from None
    if day > date.today() + timedelta(days=1):
        raise BadInput(f"{told} is still to come", where=place, hint="write the day on which it was asked for")


def _usd(text: Any, place: str) -> float:
    """An amount of money. Raises BadInput at the place in the file."""
    if isinstance(text, bool):
        raise BadInput(f"{str(text).lower()} is no amount of money", where=place, hint="write digits, such as 650")
    try:
        return float(amount(text, ""))
    except BadInput as problem:
        problem.where = place
        raise


PAGES = ("csv", "html")


def page(document: Mapping[str, Any], form: str) -> str:
    """The plan in a form that only plans have: a table as CSV, or one HTML file."""
    if form == "csv":
        from ..showing.plan_table import csv_text

        return csv_text(document)
    from ..showing.plan_html import text

    return text(document)


def _refuse_sliced(start: Mapping[str, Any] | None, flags: Mapping[str, Any]) -> None:
    """Raise BadInput for a rig with cards in MIG mode: nothing that is bought makes up for the slices."""
    if start and any(group.get("mig") for group in start["rig"]["gpus"]):
        hint = "turn it off first: `rigwise recommend` of the same file says how"
        raise BadInput(
            "a card of the rig is in MIG mode, so that no plan counts it whole", where=str(flags["start"]), hint=hint
        )


def draw(document: Mapping[str, Any], path: Path) -> None:
    """Write the front as SVG or PNG, by the end of the file's name. Raises BadInput where that cannot be done."""
    from ..showing import plan_picture

    makers = {".svg": plan_picture.svg, ".png": plan_picture.png}
    if path.suffix.lower() not in makers:
        raise BadInput(f"cannot draw '{path.suffix}'", where="--plot", hint="write FILE.svg or FILE.png")
    if not document["front"]:
        return
    try:
        path.write_bytes(makers[path.suffix.lower()](document))
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(path)) from None
