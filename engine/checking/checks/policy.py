"""X215: a policy that cannot weigh: grades without an order, kinds of sources without a grade."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library


def check(library: Library) -> Iterator[Diagnostic]:
    """Ranks fall from A on; every kind that a source has is graded, with a grade that has a rank."""
    for document in library.asked("vocabulary"):
        ranks, grades = (document.node.get("policy") or {}).get("rank") or {}, document.node.get("grades") or {}
        letters = sorted(ranks)
        for better, worse in zip(letters, letters[1:], strict=False):
            if ranks[better] <= ranks[worse]:
                message = f"grade {better} ranks {ranks[better]}, and the worse grade {worse} ranks {ranks[worse]}"
                yield document.find("X215", message, ["policy", "rank", worse], "the better grade has the higher rank")
        for kind, grade in grades.items():
            if ranks and grade not in ranks:
                yield document.find("X215", f"grade {grade} has no rank", ["grades", kind], "add it to `policy.rank`")
        used = {str(source.node.get("kind")): key for key, source in library.of("sources").items()}
        for kind in sorted(used.keys() - grades.keys()):
            message = f"sources of kind `{kind}` have no grade, `{used[kind]}` for one"
            yield document.find("X215", message, ["grades"], f"add `{kind}: C`, or another grade", on_key=True)
