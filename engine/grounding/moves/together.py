"""Several options applied one on top of the other as one step: what changes nothing alone may do so together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..scenario import Scenario
from .forms import Entries, Variant

Through = Callable[[Scenario, list[Mapping[str, Any]], Entries], Iterator[Variant]]


def combined(
    through: Through, scenario: Scenario, combinations: Sequence[Sequence[str]], entries: Entries
) -> Iterator[tuple[int, str, Scenario]]:
    """`together: [[OPTION, …], …]`: the place of each combination, what it changes, and the scenario it ends in.

    through: every way through the steps of one option. What the owner has ruled out is in no combination; of several
    ways to one end the first counts.
    """
    ruled_out, seen = set(scenario.get("allow") or ()), set[str]()
    for place, options in enumerate(combinations):
        if ruled_out.isdisjoint(options):
            for fresh in _ends(through, scenario, options, entries):
                label = changes(scenario, fresh, entries)
                if label not in seen:
                    seen.add(label)
                    yield place, label, fresh


def _ends(through: Through, scenario: Scenario, options: Sequence[str], entries: Entries) -> Iterator[Scenario]:
    if not options:
        yield scenario
        return
    for _, fresh in through(scenario, entries["options"][options[0]]["change"], entries):
        if fresh != scenario:
            yield from _ends(through, fresh, options[1:], entries)


def changes(before: Scenario, after: Scenario, entries: Entries) -> str:
    """What is otherwise in the engine, the formats, the context and the layout, in a few words."""
    old, new = before["workload"], after["workload"]
    told = {
        "engine": f"under {entries['engines'][new['engine']]['name']}",
        "quantization": new["quantization"],
        "kv_quantization": f"{new['kv_quantization']} cache",
        "context_tokens": f"{new['context_tokens']} tokens",
        "offload": "nothing in host memory" if new["offload"] == "none" else new["offload"],
        "parallelism": _layout(new["parallelism"]),
    }
    parts = [words for name, words in told.items() if old[name] != new[name]]
    return ", ".join(parts + (["whole cards"] if before["rig"]["gpus"] != after["rig"]["gpus"] else []))


def _layout(sizes: Mapping[str, Any]) -> str:
    copies = [f"{sizes['replicas']} copies"] if sizes["replicas"] > 1 else []
    tensor = [f"tensor {sizes['tensor']}"] if sizes["tensor"] > 1 else []
    stages = [f"layers over {sizes['pipeline']}"] if sizes["pipeline"] > 1 else []
    return " of ".join(copies + [" and ".join(tensor + stages) or "one card"])
