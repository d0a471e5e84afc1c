"""The bench on which claims are laid: facts said about them, where these come from, and what has been predicted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..grounding.entries import Given, Origin, entry_facts
from ..grounding.lookups import completed
from ..inference import Fact
from .naming import SUBJECTS
from .units import folded

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .answers import Answers
    from .claims import Claim, Problem
    from .predictions import Predictions

Link = tuple[str, str]
"""Another proof that a given fact rests on: the part of the document it is in, and the node in it."""


class Bench:
    """facts: given to the rules. origins: the place of each. links: proofs of predictions that facts stand for.

    problems: of claims that cannot be read, by name.
    """

    def __init__(self, knowledge: Knowledge, predictions: Predictions, answers: Answers) -> None:
        self.knowledge, self.predictions, self.answers = knowledge, predictions, answers
        self.facts: list[Fact] = []
        self.origins: dict[Fact, Origin] = {}
        self.links: dict[Fact, list[Link]] = {}
        self.disputed: dict[str, list[tuple[str, str, str]]] = {}
        self.labels: dict[str, list[str]] = {}
        self.problems: dict[str, Problem] = {}
        self._laid: set[tuple[str, str]] = set()

    def say(self, values: Mapping[str, Any], origin: Origin | None = None, links: list[Link] | None = None) -> None:
        """Lay a fact on the bench; attributes without a value are left out."""
        self.give(
            Given(
                Fact.of({name: value for name, value in values.items() if value is not None}),
                origin or Origin("scenario", "claims", {}),
            ),
            links,
        )

    def give(self, given: Given, links: list[Link] | None = None) -> None:
        """Lay a fact that knows its place on the bench, once."""
        if given.fact not in self.origins:
            self.origins[given.fact] = given.origin
            self.facts.append(given.fact)
        if links:
            self.links.setdefault(given.fact, []).extend(links)

    def open_claim(self, claim: Claim, about: str, topic: str = "") -> None:
        """Say that there is a claim. about: what of, in words; topic: the same for claims of the same quantity."""
        self.say(
            {
                "kind": "claim",
                "id": claim.name,
                "sort": str(claim.content.get("kind", "unread")),
                "about": about,
                "topic": folded(topic or about)[:200],
                "source": claim.source or None,
            },
            Origin("scenario", claim.place, {}),
        )

    def unknown(self, claim: Claim, reason: str) -> None:
        """Say that nothing can be found, and why."""
        self.say({"kind": "untold", "claim": claim.name, "reason": reason})

    def entry(self, folder: str, key: str) -> Mapping[str, Any]:
        """Lay an entry on the bench: its facts, and each of its attributes as a fact of its own."""
        entry = completed(self.knowledge, folder, key)
        if (folder, key) in self._laid:
            return entry
        self._laid.add((folder, key))
        kind = SUBJECTS[folder]
        for given in entry_facts(folder, kind, key, entry):
            self.give(given)
            if given.fact.kind == kind:
                self._attributes(given, kind, key)
        return entry

    def _attributes(self, given: Given, kind: str, key: str) -> None:
        for name, value in given.fact.as_dict().items():
            if name in ("kind", "key"):
                continue
            paths = {"value": given.origin.paths.get(name, name)}
            origin = Origin(given.origin.folder, key, paths)
            told = {"of": kind, "key": key, "attribute": name, "value": value}
            if isinstance(value, str):
                words = {"of": kind, "key": key, "attribute": name, "value": folded(value), "told": value}
                self.say({"kind": "claim_tells_text", **words}, origin)
            else:
                self.say(
                    {"kind": "claim_tells_flag" if isinstance(value, bool) else "claim_tells_number", **told}, origin
                )

    def note_dispute(self, claim: Claim, folder: str, key: str, path: str) -> None:
        """Remember that a claim is judged by a value that sources disagree on."""
        if self.knowledge.claims_of(folder, key, path):
            self.disputed.setdefault(claim.name, []).append((folder, key, path))
