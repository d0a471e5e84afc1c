"""Parts that no answer has: what nobody checks must not stand beside what is checked, where a page might show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .nodes import Fault, fault

Form = tuple[str, ...]
_QUANTITY = "value low high proof"
_EFFECT = {"": "metric before after relative", "before": _QUANTITY, "after": _QUANTITY,
           "relative": "value low high published", "relative.published": "low high proof"}  # fmt: skip
_PARTS = {
    "knowledge": "version digest",
    "verdict": "text confidence factors factor_proofs proof cautions",
    "verdict.cautions.*": "says proof",
    "estimate.cannot_run.*": "id condition observed needed proof",
    "estimate.memory.*": "gpu model used weights_gb kv_cache_gb overhead_gb free_gb proof",
    "assumptions.*": "path value because flips_at rule proof",
    "bottlenecks.*": "id phase share proof",
    "conclusions.*": "id says proof",
    "conflicts.*": "about evidence widens settled_by proofs",
    "next_measurement": "id command minutes decides worth proofs",
    "options.*": "after_proofs confidence confidence_factors confidence_proof cost_usd do effects id kind name proof "
    "rank risk says sources status undo variant why_not",
    "options.*.why_not": "held failed flips_if proof moot",
    "options.*.why_not.failed": "condition observed needed",
    "path": "steps total command left_out stop",
    "path.steps.*": "step option variant cost_usd spent_usd effects says do undo proof",
    "path.left_out.*": "option variant effects after_proofs says proof",
    "path.stop": "after next for_more_money says",
    "topology": "cards nvlink switched host p2p machines network_gbit_s",
    "topology.cards.*": "gpu model numa_node pcie vram_gib",
    "topology.cards.*.pcie": "gen lanes gb_s proof",
    "topology.nvlink.*": "between gb_s proof",
    "topology.host": "platform sockets memory",
    "topology.host.memory": "gb_s proof",
    "topology.p2p": "works proof",
    "grounds": "given numbers",
    "times.decode": "ms proof parts",
    "times.prefill": "ms proof parts",
    **{f"{row}.effects.*{f'.{part}' if part else ''}": names for row in ("options.*", "path.steps.*", "path.left_out.*")
       for part, names in _EFFECT.items()},
    **{f"path.total.*{f'.{part}' if part else ''}": names for part, names in _EFFECT.items()},
}  # fmt: skip
PARTS: dict[Form, frozenset[str]] = {tuple(form.split(".")): frozenset(names.split()) for form, names in _PARTS.items()}
"""What each part of an answer holds at most, by its form: `*` stands for a number."""
BELOW = {form[:depth] for form in PARTS for depth in range(1, len(form) + 1)}
NODES = {
    kind: frozenset(names.split())
    for kind, names in {
        "given": "kind fact value says origin sources mark disputed",
        "assumed": "kind value path says origin sources rule rule_origin",
        "computed": "kind value formula inputs says sources rule rule_origin",
        "derived": "kind fact value premises checks absent computed says because sources rule rule_origin",
    }.items()
}
"""What a node of each kind holds at most."""


def foreign(document: Mapping[str, Any]) -> Iterator[Fault]:
    """What stands in an answer and is no part of one."""
    for name, part in document.items():
        yield from _under(part, (str(name),), str(name))
    for name, node in document["proofs"].items():
        if isinstance(node, Mapping):
            for odd in sorted(map(str, node.keys() - NODES.get(str(node.get("kind")), node.keys()))):
                yield fault(name, f"its {odd} is no part of such a node")
    yield from _out_of_place(document)


def _under(part: Any, form: Form, place: str) -> Iterator[Fault]:
    if form not in BELOW:
        return
    if isinstance(part, list):
        for number, one in enumerate(part):
            yield from _under(one, (*form, "*"), f"{place}.{number}")
    elif isinstance(part, Mapping):
        for name, one in part.items():
            if form in PARTS and name not in PARTS[form]:
                yield fault(f"{place}.{name}", "is no part of an answer")
            yield from _under(one, (*form, str(name)), f"{place}.{name}")


def _out_of_place(document: Mapping[str, Any]) -> Iterator[Fault]:
    """What stands beside what excludes it: lacking facts beside a speed, a file beside another model."""
    numbers, read = document.get("estimate") or {}, document.get("model_file")
    if "lacks" in numbers and "decode_tok_s" in numbers:
        yield fault("estimate.lacks", "names what keeps a speed from being told, and the speed is told")
    if read is not None and read.get("key") != (document["scenario"].get("workload") or {}).get("model"):
        yield fault("model_file", "is of another model than the scenario's")
