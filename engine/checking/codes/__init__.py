"""All codes of findings. The same text is shown by `explain` and printed as the documentation page."""

from __future__ import annotations

from ...errors import UnknownName
from .code import Code
from .freshness import FRESHNESS
from .likeness import LIKENESS
from .plausibility import PLAUSIBILITY
from .reading import READING
from .references import REFERENCES
from .rules import RULES
from .sense import SENSE
from .shape import SHAPE

LAYERS = {
    "Y": "reading YAML",
    "S": "shape (JSON Schema)",
    "N": "sense and vocabulary (Cerberus)",
    "X": "references across files",
    "P": "plausibility",
    "R": "rules",
    "F": "freshness",
}
_PLAUSIBLE = sorted((*PLAUSIBILITY, *LIKENESS), key=lambda code: code.code)
CODES: dict[str, Code] = {
    code.code: code for code in (*READING, *SHAPE, *SENSE, *REFERENCES, *_PLAUSIBLE, *RULES, *FRESHNESS)
}


def find_code(text: str) -> Code:
    """The code, by code or name, in any case. Raises UnknownName."""
    wanted = text.strip()
    for code in CODES.values():
        if wanted.upper() == code.code or wanted.lower() == code.name:
            return code
    from ..nearest import nearest

    names = [*CODES, *(code.name for code in CODES.values())]
    near = nearest(wanted.upper(), CODES, 0.6) or nearest(wanted, names)
    error = UnknownName("code", wanted[:80], [near] if near else [])
    same = [code for code in CODES if code[0] == wanted[:1].upper() and wanted[1:].isdigit()]
    if same or not near:
        error.hint = f"codes run from {same[0]} to {same[-1]}" if same else f"codes are {', '.join(CODES)}"
    raise error


def explain(text: str) -> str:
    """The page of a code, as Markdown: what, why, a bad and a good example."""
    code = find_code(text)
    parts = [
        f"# {code.code} {code.name}",
        f"{code.what} {code.why}",
        f"Layer: {LAYERS[code.code[0]]}. Level: {code.level}. Since {code.since}.",
        "Bad:\n\n" + _block(code.bad),
        "Good:\n\n" + _block(code.good),
    ]
    return "\n\n".join(parts) + "\n"


def explained(text: str) -> dict[str, str]:
    """What a code means, part by part. Raises UnknownName."""
    code = find_code(text)
    return {
        "code": code.code, "name": code.name, "what": code.what, "why": code.why, "layer": LAYERS[code.code[0]],
        "level": code.level, "since": str(code.since), "bad": code.bad, "good": code.good,
    }  # fmt: skip


def all_pages() -> str:
    """The page of every code, for the documentation."""
    return "\n".join("#" + explain(code) for code in CODES)


def _block(example: str) -> str:
    return "\n".join(f"    {line}" for line in example.splitlines() or [""])
