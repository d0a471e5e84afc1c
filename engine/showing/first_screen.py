"""The first screen of an answer: the verdict, what to do first and how, what to leave, where the rig stands.

A terminal of 80 columns and 24 lines shows it whole. Where an answer has more to say, whole paragraphs of the parts
that matter least are left to the pages below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model.quantity import percent
from .paper import Paper
from .words import (
    METRICS,
    Document,
    Row,
    Words,
    change,
    columns,
    doubt,
    effect,
    fit,
    instruction,
    interval,
    model_file,
    money_apart,
    not_to_buy,
    settles_nothing,
    setup,
    shares,
    steps,
)

LINES = 23  # of 24, one for the command that was typed
INDENT = 9


class Part:
    """A label and its paragraphs. style: of the label. apart: an empty line stands before it."""

    def __init__(
        self, label: str, paragraphs: list[list[str]] | None = None, style: str = "head", apart: bool = True
    ) -> None:
        self.label, self.paragraphs, self.style, self.apart = label, paragraphs or [], style, apart

    @property
    def height(self) -> int:
        """Lines it takes, the empty one before it included."""
        return sum(map(len, self.paragraphs)) + (self.apart and bool(self.paragraphs))

    def lines(self, paper: Paper) -> Iterator[str]:
        lines = [line for paragraph in self.paragraphs for line in paragraph]
        if lines:
            if self.apart:
                yield ""
            yield paper.style(self.label, self.style) + lines[0][len(self.label) :]
            yield from lines[1:]


def first_screen(document: Document, paper: Paper, words: Words) -> Iterator[str]:
    """Its lines."""
    parts = [make(document, paper, words) for make in (_verdict, _first, _then, _leave, _now, _measure)]
    verdict, first, then, leave, now, measure = parts
    _shrink(parts, [(measure, 1), (now, 3), (leave, 1), (then, 2), (now, 2), (first, 2), (then, 1)])
    idle = [(measure, 0)] if settles_nothing(document) else []
    _shrink(parts, [(now, 1), *idle, (leave, 0), (then, 0), (verdict, 1)])  # the verdict names what to leave
    for part in parts:
        yield from part.lines(paper)


def _shrink(parts: Sequence[Part], least_first: Sequence[tuple[Part, int]]) -> None:
    """Take paragraphs off until it fits: of one part after the other, of each until so many are left."""
    for part, least in least_first:
        while sum(one.height for one in parts) > LINES and len(part.paragraphs) > least:
            part.paragraphs.pop()


def _paragraphs(paper: Paper, texts: Sequence[str], indent: int = INDENT) -> list[list[str]]:
    return [list(paper.wrap(text, indent)) for text in texts if text]


def _verdict(document: Document, paper: Paper, words: Words) -> Part:
    verdict = document["verdict"]
    sure = f"Confidence: {verdict['confidence']}"
    against = [words.say(factor) for factor in verdict["factors"]]
    told = _paragraphs(paper, [words.say(verdict["text"])])
    return Part("VERDICT", [*told, _at_most_two_lines(paper, sure, against)], apart=False)


def _at_most_two_lines(paper: Paper, sure: str, against: Sequence[str]) -> list[str]:
    """How sure the answer is, and as much of what is against it as two lines hold."""
    lines = list(paper.wrap(sure, INDENT))
    for number in range(1, len(against) + 1):
        more = f"; {len(against) - number} more" if number < len(against) else ""
        tried = list(paper.wrap(f"{sure} (against it: {'; '.join(against[:number])}{more})", INDENT))
        if len(tried) > 2:
            break
        lines = tried
    return lines


def _first(document: Document, paper: Paper, words: Words) -> Part:
    row = next(iter(steps(document)), None)
    if row is None:
        return Part("FIRST", _paragraphs(paper, ["No change known here is sure to help."]))
    words_of, command = instruction(row["do"])
    how = list(paper.wrap(words_of, INDENT)) if words_of else []
    how += paper.command(command, INDENT) if command else ()
    told = ". ".join(filter(None, [_told(row, document, words), doubt(row, document).strip()]))
    texts = [told, f"Risk: {row['risk']} Undo: {row['undo']}"]
    return Part("FIRST", [how, *_paragraphs(paper, texts)], style="recommended")


def _told(row: Row, document: Document, words: Words) -> str:
    """An option in one line: name, price, what it gains for the goal."""
    gains = [
        f"{METRICS[metric][0]} {change(relative)}"
        for metric in columns(document)
        if (relative := effect(row, metric)) is not None
    ]
    return "; ".join([f"{words.option(row)}, {money_apart(row['cost_usd'])}", *gains])


def _then(document: Document, paper: Paper, words: Words) -> Part:
    """The steps after the first and where to stop; without a path, what could be done."""
    rows, stop = steps(document)[1:], (document.get("path") or {}).get("stop")
    label = "THEN"
    if not rows and not stop:
        rows = [row for row in document["options"] if row["status"] == "optional" and row["effects"]]
        label = "MAYBE"
    told = [_told(row, document, words) for row in rows[:3]]
    return Part(label, _paragraphs(paper, [*told, words.say(stop["says"]) if stop else ""]), style="optional")


def _leave(document: Document, paper: Paper, words: Words) -> Part:
    told = [_left(row, document, paper, words) for row in not_to_buy(document)]
    return Part("DO NOT", told, style="rejected")


def _left(row: Row, document: Document, paper: Paper, words: Words) -> list[str]:
    """What not to buy: price, what it would gain for the goal, and what is needed or does not hold."""
    metric = columns(document)[0]
    relative, told = effect(row, metric), (row.get("why_not") or {}).get("failed")
    parts = [f"{words.name('options', row['id'])}, {money_apart(row['cost_usd'])}"]
    if relative is not None:
        parts.append(f"{METRICS[metric][0]} {change(relative)}")
    if told:
        condition, observed, needed = (words.say(told[part]) for part in ("condition", "observed", "needed"))
        seen = relative is not None and percent(relative["value"]) == observed
        parts.append(f"needed {needed}" if seen else f"{condition}: no, {observed}")
    return list(paper.wrap("; ".join(parts).replace(";", ":", 1), INDENT))


def _now(document: Document, paper: Paper, words: Words) -> Part:
    numbers = document["estimate"]
    texts = ["; ".join(list(setup(document, words))[:2])]
    bad = [f"Cannot run; {words.say(why['condition'])}: no, {words.say(why['observed'])}; "
           f"needed {words.say(why['needed'])}" for why in numbers["cannot_run"]]  # fmt: skip
    speeds = []
    for metric in columns(document):
        if metric in numbers:
            told = shares(numbers, metric, 1 if paper.width < 90 else 2)
            speed = f"{METRICS[metric][0]} {interval(numbers[metric], METRICS[metric][2])}"
            speeds.append(f"{speed}: {told}" if told else speed)
    unread = [one for one in model_file(document) if one.startswith("not read")]
    texts += [*bad[:1], *unread[:1], *speeds[:1], fit(numbers, brief=True), *speeds[1:]]
    wrong = bad or numbers["fits"] is False
    return Part("NOW", _paragraphs(paper, texts), style="rejected" if wrong else "head")


def _measure(document: Document, paper: Paper, words: Words) -> Part:
    following = document["next_measurement"]
    if not following:
        return Part("MEASURE")
    told = list(paper.wrap(f"{following['minutes']} min; {words.decides(following)}", INDENT))
    return Part("MEASURE", [list(paper.command(following["command"], INDENT)), told])
