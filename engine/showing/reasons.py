"""Why an option is what it is, in three or four sentences out of its proof: no thinking, only finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Proofs = Mapping[str, Mapping[str, Any]]
PHASES = {"decode_tok_s": "decode", "prefill_tok_s": "prefill", "output_throughput_tok_s": "serving",
          "tokens_per_joule": "watts"}  # fmt: skip
DEPTH = 8


def reasons(document: Mapping[str, Any], row: Mapping[str, Any], metric: str) -> list[tuple[str, str, str]]:
    """Label, sentence and proof: what a verdict rests on, and the phase that decides, before and after."""
    proofs = document["proofs"]
    found = [("because", *_said(proofs, one)) for one in _premises(proofs, row["proof"])[:1]]
    effect = _nearest(proofs, row["proof"], "effect")
    sides = [one for one in _premises(proofs, effect) if _kind(proofs, one) == "summary"] if effect else []
    now = [one for one in sides if (proofs[one].get("fact") or {}).get("deployment") == "now"]
    for label, one in [("now", side) for side in now] + [("then", side) for side in sides if side not in now]:
        step = next((inner for inner in _premises(proofs, one) if _kind(proofs, inner) == PHASES.get(metric)), None)
        if step:
            found.append((label, *_said(proofs, step)))
    return found


def _said(proofs: Proofs, name: str) -> tuple[str, str]:
    return str(proofs[name]["says"]), name


def _kind(proofs: Proofs, name: str) -> str:
    return str((proofs[name].get("fact") or {}).get("kind", ""))


def _premises(proofs: Proofs, name: str | None) -> list[str]:
    """The premises of a node that rules concluded."""
    below = proofs[name].get("premises", []) if name else []
    return [one for one in below if proofs[one]["kind"] == "derived"]


def _nearest(proofs: Proofs, name: str | None, kind: str) -> str | None:
    """The first node of a kind below another one, level by level."""
    return next((one for one in _levels(proofs, name) if _kind(proofs, one) == kind), None)


def _levels(proofs: Proofs, name: str | None) -> Iterator[str]:
    level, seen = [name] if name else [], set()
    for _ in range(DEPTH):
        yield from level
        seen |= set(level)
        level = [below for one in level for below in _premises(proofs, one) if below not in seen]
