"""Documents as plain text for a terminal, one page for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from ..model.quantity import spoken
from .paper import Paper
from .words import Words

Document = Mapping[str, Any]


def text(kind: str, document: Document, width: int = 100, colour: bool = False, **settings: Any) -> str:
    """The page of a document."""
    return PAGES[kind](document, Paper(width, colour), **settings)


def why(document: Document, paper: Paper, depth: int = 6) -> str:
    """Proof trees."""
    from .tree import tree

    words = Words(document)
    lines = [*paper.wrap(f"{document['id']}: {words.say(document['says'])}", 4, 0), ""]
    for name in document["roots"]:
        lines += [*tree(document["proofs"], name, paper, depth, say=words.say), ""]
    return "\n".join(lines)


def why_not(document: Document, paper: Paper) -> str:
    """What held, what failed, why that failed, what would turn it."""
    words = Words(document)
    key, name = document["id"], words.name("options", document["id"])
    lines = list(paper.wrap(f"{key if name == key else f'{name} ({key})'} is {document['status']}", 4, 0))
    if document["says"]:
        lines += paper.wrap(words.say(document["says"]), indent=10)
    lines += _missed(document, paper, words, 0)
    for flip in document["flips_if"]:
        lines += _labelled("needs" if document.get("moot") else "turns if", words.say(flip), "optional", paper)
    if document["flips_tried"]:
        nothing = "" if document["flips_if"] else "nothing that an owner can change turns it by itself: "
        tried = f"{nothing}{document['flips_tried']} single changes tried; `rigwise flip` tries pairs, too"
        lines += paper.wrap(f"({tried})", indent=10)
    return "\n".join(lines)


def _missed(told: Document, paper: Paper, words: Words, level: int) -> list[str]:
    """The conditions of a rule that held, the first that failed, and why the rule behind that stayed silent."""
    lead, lines = 4 * level, list[str]()
    for held in told["held"]:
        lines += _labelled("held", words.say(held), "recommended", paper, lead)
    if told["failed"]:
        condition, observed, needed = (words.say(told["failed"][part]) for part in ("condition", "observed", "needed"))
        optional = told.get("status") == "optional"
        label, style = ("short of", "optional") if optional else ("FAILED", "rejected")
        if told.get("moot"):
            return [
                *lines,
                *_labelled("NOT HERE", condition, "optional", paper, lead),
                *paper.wrap(f"observed {observed}", 10),
            ]
        lines += _labelled(label, condition, style, paper, lead)
        lines += paper.wrap(f"observed {observed}; needed {needed}", indent=10 + lead)
    for below in told["because"]:
        lines += _labelled("because", f"{words.say(below['says'])}   (rule {below['rule']})", "head", paper, lead + 4)
        lines += _missed(below, paper, words, level + 1)
    return lines


def _labelled(label: str, text: str, style: str, paper: Paper, lead: int = 0) -> Iterator[str]:
    first, *rest = paper.wrap(text, indent=10 + lead)
    yield " " * lead + paper.style(f"{label:<10}", style) + first[10 + lead :]
    yield from rest


def verification(document: Document, paper: Paper) -> str:
    """What was checked and what did not hold."""
    against = "against the knowledge here" if document["knowledge"] == "compared" else "from the answer alone"
    lines = [f"{document['checked']} steps checked {against}, {len(document['faults'])} do not hold"]
    for fault in document["faults"]:
        lines += paper.wrap(f"{fault['at']}: {fault['says']}", indent=4, first=0)
    return "\n".join(lines)


def rule(document: Document, paper: Paper) -> str:
    """A rule as a handbook page."""
    lines = [f"{document['id']}: {document.get('title', '')}   ({document.get('origin', '')})", ""]
    lines += paper.wrap(f"Because  {document.get('because', '')}", indent=9, first=0)
    for part in ("valid_when", "when", "where", "unless", "collect", "compute", "then"):
        lines += _part(part, document.get(part), paper)
    lines += paper.wrap(f"Says     {document.get('says', '')}", indent=9, first=0)
    lines += paper.wrap(f"Else     {document.get('says_not', '')}", indent=9, first=0)
    lines += paper.wrap(
        f"Evidence {', '.join(document.get('evidence') or []) or 'none beyond the mechanism'}", indent=9, first=0
    )
    for example in document.get("examples") or []:
        fires = example.get("expect", {}).get("fires")
        lines += paper.wrap(
            f"Example  fires {spoken(fires, 'times')} on {_compact(example.get('given'))}", indent=9, first=0
        )
    return "\n".join(lines)


def _part(name: str, content: Any, paper: Paper) -> Iterator[str]:
    if not content:
        return
    yield f"{name.capitalize()}"
    items = content.items() if isinstance(content, Mapping) and name != "then" else enumerate(_listed(content))
    for label, item in items:
        lead = f"{label}: " if isinstance(label, str) else ""
        yield from paper.wrap(f"{lead}{_compact(item)}", indent=13, first=9)


def _listed(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [content]


def _compact(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_compact(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_compact, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def listing(document: Document, paper: Paper) -> str:
    """Entries, a line each."""
    rows = document["entries"]
    widest = max([len(row["key"]) for row in rows] or [0])
    return "\n".join(f"{row['key']:<{widest}}  {row['name']}" for row in rows)


def entry(document: Document, paper: Paper) -> str:
    """An entry, a line for each value; the claims about a disputed one below it."""
    lines = [paper.style(f"{document['kind']}/{document['key']}: {document['name']}", "head")]
    for row in document["values"]:
        sources = ", ".join(f"{one['key']} ({one['grade'] or 'ungraded'})" for one in row["sources"])
        marks = f" [{', '.join(row['marks'])}]" if row["marks"] else ""
        value = "unknown" if row["value"] is None else _compact(row["value"])
        lines += paper.wrap(f"{row['path']} = {value}{marks}   <= {row['origin']}  {sources}", indent=6, first=2)
        for claim in row["claims"]:
            lines += paper.wrap(_claim(claim), indent=12, first=6)
    if document["also"]:
        lines += paper.wrap(f"also: {', '.join(document['also'])}", indent=6, first=0)
    return "\n".join(lines)


def _claim(claim: Document) -> str:
    """A claim: what became of it, its value, who makes it, and what speaks for or against."""
    who = f"{', '.join(claim['sources'])} (grade {claim['grade']}{', ' + claim['date'] if claim['date'] else ''})"
    told = "; ".join(str(claim[name]) for name in ("because", "reason", "note") if claim.get(name))
    return f"{claim['outcome']}: {_compact(claim['value'])} by {who}: {told}"


def detection(document: Document, paper: Paper) -> str:
    """The rig section as it goes into a scenario file, what was noticed beneath it."""
    rig = ["rig:" if document["rig"] else "rig: {}"]
    rig += [f"  {name}: {_yaml(value)}" for name, value in document["rig"].items()]
    if document.get("workload"):
        rig += ["workload:"] + [f"  {name}: {_yaml(value)}" for name, value in document["workload"].items()]
    noticed = [f"{title}: {row}" for title in ("remarks", "unknown", "refused", "commands") for row in document[title]]
    lines = [line for text in noticed for line in paper.wrap(text, indent=2, first=0)]
    for row in document["unknown_gpus"]:
        lines += paper.wrap(f"not in the knowledge: {row['name']}; add it with{_to_fill(row)}:", indent=2, first=0)
        lines.append(f"  {row['command']}")
    return "\n".join(rig + [f"# {line}" for line in lines])


def _to_fill(row: Document) -> str:
    """The words of a command that no tool could fill in."""
    words = row.get("fill_in")
    return f", {', '.join(words)} filled in from the maker's page" if words else ""


def backtest(document: Document, paper: Paper, plot: bool = False) -> str:
    """Errors by stratum, medians over groups of source and GPU. plot: drawn as well."""
    from .error_plot import drawn, terms

    lines = [
        f"{document['predicted']} of {document['rows']} measurements predicted, {len(document['skipped'])} skipped",
        "",
    ]
    lines.append(f"{'':<62}{'rows':>5}{'groups':>8}{'median':>8}{'p90':>7}{'in 80 %':>9}{'width':>7}{'bias':>7}")
    for row in [*document["strata"], *document["overall"]]:
        name = " ".join(str(row[part]) for part in ("metric", "layout", "architecture", "link") if row.get(part))
        lines.append(f"{name:<62}{row['n']:>5}{row['groups']:>8}{row['median_abs_log_ratio']:>8.3f}{row['p90_abs_log_ratio']:>7.2f}"
                     f"{row['coverage_80']:>9.2f}{row['mean_width']:>7.2f}{row['bias_log_ratio']:>7.2f}")  # fmt: skip
    lines += drawn([*document["strata"], *document["overall"]], paper.width) if plot else ()
    lines += terms(document["ablation"]) if "ablation" in document else ()
    return "\n".join(lines)


def calibration(document: Document, paper: Paper) -> str:
    """Every constant before and after, and the errors."""
    lines = [
        f"fitted {document['fitted']} on {document['rows']} measurements of {document['groups']} sources and GPUs",
        f"median error {document['error']:.3f}, on groups that the fit has not seen {document['error_unseen']:.3f}",
        f"written to {document['written']}" if document["written"] else "not written: --into DIR keeps it",
        "",
        f"{'':<52}{'before':>11}{'now':>11}{'spread':>9}",
    ]
    for row in document["constants"]:
        name = f"{row['of']} {row['attribute']}"
        lines.append(f"{name:<52}{row['before']:>11.4g}{row['value']:>11.4g}{row['sd']:>9.3f}")
    return "\n".join(lines)


def _yaml(value: Any) -> str:
    if isinstance(value, str):
        return value if value.replace("_", "").isalnum() and not value[0].isdigit() else f'"{value}"'
    return _compact(value)


def ingestion(document: Document, paper: Paper) -> str:
    """The measurements, a line each against its prediction, then what was refused."""
    lines: list[str] = []
    held = {row["id"]: row for row in document.get("compared", [])}
    for row in document["measurements"]:
        names = ("gpu", "model", "quantization", "engine", "msg_bytes", "batch")
        told = ", ".join(str(row[name]) for name in names if name in row)
        if row["metric"].startswith("p2p_"):
            told += f"; {row.get('notes', '')}"
        value = f"{row['metric']} = {row['value']:g} {row.get('unit', '')}   ({told})"
        lines += paper.wrap(value, indent=6, first=0)
        if row["id"] in held:
            lines += paper.wrap(_held(held[row["id"]]), indent=4, first=4)
    for row in document["refused"]:
        lines += paper.wrap(f"refused: {row['reason']} (line {row.get('line', '?')})", indent=4, first=0)
    lines += [f"note: {row['says']}" for row in document["remarks"]]
    if "written" in document:
        told = document["written"]
        if told["file"]:
            lines += ["", f"{told['new']} new, {told['known']} known already, in {told['file']}"]
        if told["left_out"]:
            lines += paper.wrap(f"{told['left_out']} not written: {'; '.join(told['reasons'])}", indent=4, first=0)
        lines += [f"next: {command}" for command in document["next"]]
    return "\n".join(lines)


def _held(row: Document) -> str:
    """A measurement against its prediction."""
    if "predicted" not in row:
        return f"not compared: {row['reason']}"
    if "low" not in row:
        return f"counted {row['predicted']:.4g}: measured is {row['ratio']:.2f} of it"
    place = "within" if row["within"] else "OUTSIDE"
    span = f"{row['predicted']:.4g} [{row['low']:.4g} to {row['high']:.4g}]"
    return f"predicted {span}: measured is {row['ratio']:.2f} of it, {place} the interval"


def plan_row(document: Document, paper: Paper, depth: int = 6) -> str:
    """One row of a plan and the proof of its speed."""
    from .plan_text import plan_row as page

    proofs = (why(document[name], paper, depth) for name in ("why_cost", "why"))
    return "\n".join([*page(document, paper), *proofs])


def batch(document: Document, paper: Paper) -> str:
    """How many lines were answered and refused."""
    return "\n".join(paper.wrap(document["says"]))


def explanation(document: Document, paper: Paper) -> str:
    """The page of a validation code."""
    return str(document["page"]).rstrip("\n")


def _in(module: str, function: str) -> Callable[..., str]:
    """A page of another module, which is imported when the page is asked for."""

    def page(document: Document, paper: Paper, **settings: Any) -> str:
        return str(getattr(import_module(f".{module}", __package__), function)(document, paper, **settings))

    return page


PAGES: dict[str, Callable[..., str]] = {
    "recommendation": _in("text", "recommendation"),
    "batch": batch,
    "estimate": _in("text", "estimate"),
    "why": why,
    "why_not": why_not,
    "flip": _in("turns", "flip"),
    "what_if": _in("turns", "what_if"),
    "verification": verification,
    "rule": rule,
    "listing": listing,
    "entry": entry,
    "detection": detection,
    "doctor": _in("doctor", "doctor"),
    "explanation": explanation,
    "ingestion": ingestion,
    "backtest": backtest,
    "audit": _in("audited", "page"),
    "plan": _in("plan_text", "plan"),
    "plan_row": plan_row,
    "test": _in("trials", "trials"),
    "diff": _in("changes", "page"),
    "calibration": calibration,
    "added": _in("added", "page"),
}
