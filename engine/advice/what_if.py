"""Before and after of a changed scenario: numbers, conclusions and options side by side, as a plan shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .estimate import METRICS, one_of
from .flipping import target_of
from .why_not import why_not

if TYPE_CHECKING:
    from .recommend import Answer

SCHEMA = "rigwise/what-if/1"


def what_if(before: Answer, after: Answer, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The document of schemas/output/what_if.schema.json. asked: the values that were set, by path."""
    old, new = before.recommendation(), after.recommendation()
    return {
        "schema": SCHEMA,
        "knowledge": new["knowledge"],
        "scenario": new["scenario"],
        "set": dict(asked),
        "changed": _changed(old["scenario"], new["scenario"]),
        "verdict": {"before": old["verdict"]["text"], "after": new["verdict"]["text"]},
        "fits": {"before": old["estimate"]["fits"], "after": new["estimate"]["fits"]},
        "cannot_run": {"before": old["estimate"]["cannot_run"], "after": new["estimate"]["cannot_run"]},
        "numbers": [row for row in (_number(before, after, old, new, *metric) for metric in METRICS) if row],
        "conclusions": _conclusions(before, after, old, new),
        "options": _options(old, new),
        "path": {"before": _steps(old), "after": _steps(new)},
        "names": {folder: {**old["names"].get(folder, {}), **names} for folder, names in new["names"].items()},
    }


def _changed(old: Any, new: Any, path: str = "") -> list[dict[str, Any]]:
    """Every value of the resolved scenarios that differs, assumed ones too."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        names = [*old, *(name for name in new if name not in old)]
        inner = [_changed(old.get(name), new.get(name), f"{path}.{name}" if path else name) for name in names]
        return [row for rows in inner for row in rows]
    return [] if old == new else [{"path": path, "before": old, "after": new}]


def _number(
    before: Answer, after: Answer, old: Mapping[str, Any], new: Mapping[str, Any],
    metric: str, kind: str, attribute: str, _factor: float,
) -> dict[str, Any] | None:  # fmt: skip
    """A number before and after; the interval of the change counts only what both sides do not share."""
    first, last = old["estimate"].get(metric), new["estimate"].get(metric)
    if first is None and last is None:
        return None
    row: dict[str, Any] = {"metric": metric, "before": first or {}, "after": last or {}, "relative": None}
    if first and last:
        facts = one_of(before.trace, kind, "now"), one_of(after.trace, kind, "now")
        if facts[0] is not None and facts[1] is not None:
            change = after.spread.change_since(before.spread, facts[0], facts[1], attribute)
            row["relative"] = dict(zip(("value", "low", "high"), change, strict=True))
    return row


def _conclusions(before: Answer, after: Answer, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Conclusions that come and those that go, these with what the rule says where it stays silent."""
    first, last = ({row["id"]: row for row in document["conclusions"]} for document in (old, new))
    gained = [{"id": one, "says": last[one]["says"]} for one in sorted(set(last) - set(first))]
    lost = [{"id": one, "says": _denied(after, one)} for one in sorted(set(first) - set(last))]
    changed = [
        {"id": one, "before": first[one]["says"], "after": last[one]["says"]}
        for one in sorted(set(first) & set(last))
        if first[one]["says"] != last[one]["says"]
    ]
    return {"gained": gained, "lost": lost, "changed": changed}


def _denied(answer: Answer, identity: str) -> str:
    if target_of(answer, identity).sort != "conclusion":
        return ""
    return str(why_not(answer, identity, turns=False)["says"])


def _options(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Options whose status, variant or rank among the recommended changes."""
    first, last = ({row["id"]: row for row in document["options"]} for document in (old, new))
    rows = []
    for key in sorted(set(first) & set(last), key=lambda one: (last[one]["rank"], one)):
        one, other = _standing(first[key]), _standing(last[key])
        if {**one, "rank": 0} != {**other, "rank": 0} or (one["rank"] != other["rank"] and one["status"] != "rejected"):
            rows.append({"id": key, "before": one, "after": other})
    return rows


def _standing(row: Mapping[str, Any]) -> dict[str, Any]:
    failed = (row["why_not"] or {}).get("failed") if row["status"] == "rejected" else None
    says = row["says"] or (
        f"{failed['condition']}: no, {failed['observed']}; needed {failed['needed']}" if failed else ""
    )
    return {"status": row["status"], "rank": row["rank"], "variant": row["variant"], "cost_usd": row["cost_usd"],
            "says": says}  # fmt: skip


def _steps(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"option": step["option"], "variant": step["variant"]} for step in document["path"]["steps"]]
