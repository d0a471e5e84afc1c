"""Numbers that stand or fall together: of one run of a server, and of one pool that an engine named at its start."""

from __future__ import annotations

from collections.abc import Iterator

from .measurement import Ingested, Measurement, Refusal
from .pool import pools

OF_A_RUN = ("output_throughput_tok_s", "total_throughput_tok_s", "ttft_ms", "tpot_ms", "itl_ms")


def together(before: Ingested, after: Ingested) -> Ingested:
    """What stands when checks took some of `before` away: what belongs to a number that was refused goes with it."""
    kept = {id(one) for one in after.measurements}
    lost: dict[int, Measurement] = {}
    for group in _groups(before):
        refused = next((one for one in group if id(one) not in kept), None)
        if refused is not None:
            lost |= {id(one): refused for one in group if id(one) in kept}
    refusals = [_refusal(one, lost[id(one)]) for one in after.measurements if id(one) in lost]
    standing = [one for one in after.measurements if id(one) not in lost]
    return Ingested(standing, [*after.refusals, *refusals], after.remarks)


def _groups(found: Ingested) -> Iterator[list[Measurement]]:
    runs: dict[tuple[str, str, int], list[Measurement]] = {}
    for one in found.measurements:
        if one.metric in OF_A_RUN:
            at = one.provenance
            runs.setdefault((at.tool, at.file, at.line), []).append(one)
    yield from runs.values()
    yield from (list(pool.values()) for pool in pools(found.measurements))


def _refusal(one: Measurement, refused: Measurement) -> Refusal:
    at = one.provenance
    reason = f"of the same run as {refused.metric} {refused.value:g} {refused.unit}, which cannot be"
    return Refusal(reason, at.tool, at.file, at.line, f"{one.metric} {one.value:g} {one.unit}")
