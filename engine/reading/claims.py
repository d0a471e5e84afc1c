"""Disputed values: what a claim is, and the policy that picks one value out of several claims or answers *unknown*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

CLAIM_FIELDS = frozenset(
    {
        "value", "source", "sources", "grade", "note", "mark", "status", "reason", "quote", "locator", "conditions",
        "superseded_by", "date", "retrieved",
    }
)  # fmt: skip
UNKNOWN: Any = type("Unknown", (), {"__repr__": lambda self: "UNKNOWN", "__bool__": lambda self: False})()
"""What a disputed value resolves to on a tie, and an empty value always."""
_WORST_GRADE = "D"
_STANDING = frozenset({"current", "disputed"})


def is_claim(node: object) -> bool:
    """Whether a mapping is `{value: …, source: …}` and not a mapping that happens to have a field `value`."""
    return isinstance(node, dict) and "value" in node and node.keys() <= CLAIM_FIELDS


def is_dispute(node: object) -> bool:
    """Whether a list is a list of claims."""
    return isinstance(node, list) and bool(node) and all(is_claim(item) for item in node)


def claim_sources(claim: Mapping[str, Any]) -> list[str]:
    """Source keys that a claim names, none where it relies on the sources of its entry."""
    named = claim.get("source", claim.get("sources", []))
    return [named] if isinstance(named, str) else [str(key) for key in named or []]


class Judgement(NamedTuple):
    """What a policy makes of some claims: the value (UNKNOWN on a tie), and every claim with its outcome.

    Each claim is a dict of value, sources, grade, publishers, date, outcome (`used`, `agrees`, `lost`, `tied`,
    `dropped`) and `because`, with status, reason and note where they were given.
    """

    value: Any
    claims: list[dict[str, Any]]
    disputed: bool


class Policy:
    """Grades of source kinds and the order of arguments, from `vocabulary.yaml`."""

    def __init__(self, vocabulary: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]]) -> None:
        policy = vocabulary.get("policy") or {}
        self.grades: Mapping[str, str] = vocabulary.get("grades") or {}
        self.rank: Mapping[str, int] = policy.get("rank") or {"A": 4, "B": 3, "C": 2, "D": 1}
        self.order: Sequence[str] = policy.get("order") or tuple(_ARGUMENTS)
        self.tolerance: Mapping[str, float] = policy.get("tolerance") or {}
        self.sources = sources

    def grade(self, claim: Mapping[str, Any], sources: Sequence[str]) -> str:
        """Letter of the best source; a grade on the claim itself can only lower it."""
        grades = [self.grades.get(str(self.sources.get(key, {}).get("kind")), _WORST_GRADE) for key in sources]
        best = min(grades, default=_WORST_GRADE)
        return max(best, str(claim["grade"])) if claim.get("grade") else best

    def recalled(self, sources: Sequence[str]) -> bool:
        """Whether nothing but memory stands behind a value."""
        return bool(sources) and all(self.sources.get(key, {}).get("kind") == "recalled" for key in sources)

    def describe(self, claim: Mapping[str, Any], value: Any, defaults: Sequence[str]) -> dict[str, Any]:
        """A claim with what its sources say of it."""
        sources = claim_sources(claim) or list(defaults)
        known = [self.sources.get(key, {}) for key in sources]
        found: dict[str, Any] = {
            "value": value,
            "sources": sources,
            "grade": self.grade(claim, sources),
            "publishers": sorted(
                {str(source.get("publisher", key)) for key, source in zip(sources, known, strict=True)}
            ),
            "date": str(claim.get("date") or max((_date(source) for source in known), default="")),
        }
        return found | {name: claim[name] for name in ("status", "reason", "note", "mark", "quote") if name in claim}

    def judge(self, claims: Sequence[dict[str, Any]], field: str) -> Judgement:
        """Pick among described claims: grade, then number of independent publishers, then newest date."""
        standing = [claim for claim in claims if claim.get("status", "current") in _STANDING]
        groups = self._groups(standing, self.tolerance.get(field, self.tolerance.get("default", 0.0)))
        ranked = sorted(groups, key=self.strength, reverse=True)
        tied = [group for group in ranked if len(ranked) == 1 or self.strength(group) == self.strength(ranked[0])]
        value = ranked[0][0]["value"] if len(tied) == 1 else UNKNOWN
        for claim in claims:
            claim["outcome"], claim["because"] = self._outcome(claim, ranked, len(tied))
        return Judgement(value, list(claims), len(groups) > 1)

    def strength(self, group: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
        """What is compared, in order; a claim marked as disputed loses what would be a tie."""
        best = max(self.rank.get(claim["grade"], 0) for claim in group)
        leading = [claim for claim in group if self.rank.get(claim["grade"], 0) == best]
        found = {
            "grade": best,
            "independent_publishers": len({name for claim in leading for name in claim["publishers"]}),
            "newest": max(claim["date"] for claim in leading),
        }
        return (
            *(found[argument] for argument in self.order),
            any(claim.get("status") != "disputed" for claim in group),
        )

    def _outcome(self, claim: dict[str, Any], ranked: list[list[dict[str, Any]]], tied: int) -> tuple[str, str]:
        group = next((number for number, group in enumerate(ranked) if any(claim is each for each in group)), None)
        if group is None:
            return "dropped", f"it is {claim['status']}" + (f": {claim['reason']}" if claim.get("reason") else "")
        if tied > 1 and group < tied:
            return "tied", "as strong as another"
        if group:
            return "lost", self._against(ranked[group], ranked[0])
        return ("used", "strongest") if claim is ranked[0][0] else ("agrees", "within the tolerance of the one used")

    def _against(self, loser: list[dict[str, Any]], winner: list[dict[str, Any]]) -> str:
        for argument, less, more in zip(self.order, self.strength(loser), self.strength(winner), strict=False):
            if less != more:
                return str(_ARGUMENTS[argument](less, more, self.rank))
        return "it is marked as disputed"

    @staticmethod
    def _groups(claims: Sequence[dict[str, Any]], tolerance: float) -> list[list[dict[str, Any]]]:
        """Claims that agree within the tolerance, the strongest of each group first."""
        groups: list[list[dict[str, Any]]] = []
        for claim in sorted(claims, key=_claim_order):
            home = next((group for group in groups if _agree(group[0]["value"], claim["value"], tolerance)), None)
            if home is None:
                groups.append([claim])
            else:
                home.append(claim)
        return groups


def _date(source: Mapping[str, Any]) -> str:
    return str(source.get("date") or source.get("retrieved") or "")


def _claim_order(claim: Mapping[str, Any]) -> tuple[Any, ...]:
    newest_first = tuple(-ord(char) for char in claim["date"]) or (0,)
    return (claim.get("status") == "disputed", claim["grade"], newest_first, repr(claim["value"]), claim["sources"])


def _agree(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or not isinstance(one, int | float):
        return type(one) is type(other) and bool(one == other)
    return isinstance(other, int | float) and abs(one - other) <= tolerance * max(abs(one), abs(other))


def _grades(less: int, more: int, rank: Mapping[str, int]) -> str:
    letters = {number: letter for letter, number in rank.items()}
    return f"grade {letters.get(less, '?')} against {letters.get(more, '?')}"


def _publishers(less: int, more: int, rank: Mapping[str, int]) -> str:
    return f"{less} independent publisher{'s'[: less != 1]} against {more}"


def _dates(less: str, more: str, rank: Mapping[str, int]) -> str:
    return f"dated {less or 'never'} against {more or 'never'}"


_ARGUMENTS: dict[str, Any] = {"grade": _grades, "independent_publishers": _publishers, "newest": _dates}
