"""The checker: recomputes a saved answer from its JSON alone, with the formulas but without the inference engine.

What it does not look at: texts other than those of conclusions, sources, and whether a rule says what its node claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import BadInput
from .verify_nodes import Checker, holds
from .verify_sections import sections

__all__ = ["Checker", "holds", "verify"]
SCHEMAS = ("rigwise/recommendation/1", "rigwise/estimate/1")


def verify(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every step of a saved answer checked again. Raises BadInput where the document is no answer of rigwise.

    A damaged answer raises nothing: what cannot be read is a fault of its own.
    """
    told = document.get("schema") if isinstance(document, Mapping) else None
    if told not in SCHEMAS or not isinstance(document.get("proofs"), Mapping):
        raise BadInput(
            "is no recommendation or estimate of rigwise", hint=f"its `schema` must be one of {', '.join(SCHEMAS)}"
        )
    checker = Checker(document["proofs"])
    faults = [*checker.nodes(), *sections(document, checker)]
    return {
        "schema": "rigwise/verification/1",
        "checked": len(document["proofs"]),
        "holds": not faults,
        "faults": faults,
    }
