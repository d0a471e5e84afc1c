"""Every error that rigwise raises on purpose, with what was given, what was expected and where."""

from __future__ import annotations

from collections.abc import Iterable


class RigwiseError(Exception):
    """Base of our errors: a sentence, a place and a hint. `exit_code` is what the command line returns."""

    exit_code = 2

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class BadInput(RigwiseError):
    """The request is wrong: a flag, a scenario, a value."""


def _singular(kind: str) -> str:
    return {
        "gpus": "GPU",
        "models": "model",
        "quantizations": "quantization",
        "engines": "engine",
        "platforms": "platform",
        "options": "option",
        "prices": "item with a price",
        "sources": "source",
        "links": "link",
    }.get(kind, kind)


class UnknownName(BadInput):
    """A name that no entry of the knowledge answers to."""

    def __init__(self, kind: str, given: str, nearest: Iterable[str] = (), *, where: str | None = None) -> None:
        self.kind, self.given, self.nearest = kind, given, tuple(nearest)
        hint = (
            f"did you mean {', '.join(self.nearest)}?"
            if self.nearest
            else f"`rigwise list {kind}` shows the known ones"
            if _singular(kind) != kind
            else "`rigwise list` shows what there is"
        )
        super().__init__(f"unknown {_singular(kind)} '{given}'", where=where, hint=hint)


class AmbiguousName(BadInput):
    """A name that several entries answer to."""

    def __init__(self, kind: str, given: str, candidates: Iterable[str], *, where: str | None = None) -> None:
        self.kind, self.given, self.candidates = kind, given, tuple(candidates)
        super().__init__(
            f"'{given}' could be several {kind}", where=where, hint=f"say which: {', '.join(self.candidates)}"
        )


class KnowledgeError(RigwiseError):
    """The knowledge itself is broken: a file, a rule, a reference. What is asked of it cannot be answered."""


class OutOfRange(RigwiseError):
    """A formula was called outside the range in which it is valid."""


class RunawayRules(KnowledgeError):
    """A rule set that would not come to an end; names the cycle."""


class InternalFault(RigwiseError):
    """A fault of our own."""

    exit_code = 3
