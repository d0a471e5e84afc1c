"""What tools showed of a machine, and what a scenario says itself, as facts of the checks of `doctor`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .scenario import value_at
from .slices import PROFILE
from .units import to_si

Values = dict[str, Any]

TOLD = (
    "rig.pcie", "rig.nvlink", "rig.p2p", "rig.numa_nodes", "rig.driver", "rig.bar1_mb", "rig.acs_enabled", "rig.psu_w",
    "rig.host.sockets", "workload.model", "workload.engine", "workload.parallelism",
    "workload.engine_flags", "workload.users",
)  # fmt: skip


def told_facts(asked: Mapping[str, Any]) -> Iterator[Values]:
    """Facts `{told, path}` of what a scenario says before anything is assumed, and the word that it is examined."""
    yield {"kind": "doctor"}
    for path in TOLD:
        if value_at(asked, path) is not None:
            yield {"kind": "told", "path": path}
    groups = value_at(asked, "rig.gpus") or []
    if groups and all(group.get("power_limit_w") is not None for group in groups):
        yield {"kind": "told", "path": "rig.gpus.power_limit_w"}


def seen_facts(
    cards: Iterable[Mapping[str, Any]],
    unknown: Mapping[int, str],
    loud: Iterable[int],
    driver: str | None,
    iommu: str | None,
    keys: Sequence[str] = (),
    on_host: float | None = None,
    unjoined: bool = False,
    failed: Iterable[str] = (),
    warned: Iterable[tuple[str, str]] = (),
    pool: Any = None,
    redirecting: Sequence[str] = (),
    stood_in: Iterable[int] = (),
) -> Iterator[Values]:
    """Facts of what tools showed.

    cards: values by card, with their index, units in their names. unknown: commands that would add cards without an
    entry, by index. loud: cards that draw much while idle. iommu: translated, passthrough or off. keys: of the cards,
    in their order. on_host: share of a model that runs on the processor.
    unjoined: no NVLink joins the cards. failed: why tools that show cards gave nothing.
    warned: complaints of an engine in its log, by id and in words. pool: its room for keys and values, with `tokens`,
    and `requests` of `context` tokens that this is. redirecting: addresses of bridges whose ACS is on.
    stood_in: cards of whose slots a part is not told, so that what the card can do stands for it.
    """
    noisy = frozenset(loud)
    for place, card in enumerate(cards):
        index, values = card["index"], dict(to_si(name, value) for name, value in card.items())
        yield {
            "kind": "seen_card",
            "index": index,
            "name": values.get("name"),
            "known": index not in unknown,
            "key": keys[place] if place < len(keys) and index not in unknown else None,
            "add": _plain(unknown.get(index)),
            "loud": index in noisy,
            "mig": values.get("mig"),
            "slices": _profiles(values.get("mig_slices")),
            "vendor": values.get("vendor"),
            "power_limit": values.get("power_limit"),
            "power_default": values.get("power_default"),
            "power_draw": values.get("power_draw"),
            "bar1": values.get("bar1"),
            "memory": values.get("memory"),
            "lanes": values.get("pcie_lanes_now"),
            "lanes_card": values.get("pcie_lanes_max"),
            "gen_slot": values.get("pcie_gen_slot") or values.get("pcie_gen_max"),
            "gen_card": values.get("pcie_gen_card"),
            "nvlinks_active": values.get("nvlinks_active"),
            "nvlinks_inactive": values.get("nvlinks_inactive"),
        }
    if driver:
        yield {"kind": "seen_driver", "version": driver}
    if iommu:
        yield {"kind": "seen_iommu", "mode": iommu}
    if on_host is not None:
        yield {"kind": "seen_split", "on_host": on_host}
    if unjoined:
        yield {"kind": "seen_unjoined"}
    for reason in failed:
        yield {"kind": "seen_failure", "says": reason}
    for id_, says in warned:
        yield {"kind": "seen_warning", "id": id_, "says": says}
    if redirecting:
        yield {"kind": "seen_acs", "bridges": " ".join(redirecting)}
    for index in stood_in:
        yield {"kind": "seen_stand_in", "card": index}
    if pool is not None:
        yield {"kind": "seen_pool", "tokens": pool.tokens, "requests": pool.requests, "context": pool.context}


def _profiles(slices: Any) -> str | None:
    """Slices by their profiles, `3g.40gb`; None where a tool told their memory alone, or nothing."""
    return str(slices) if isinstance(slices, str) and PROFILE.search(slices) else None


def _plain(command: str | None) -> str | None:
    """A command whose braces, of an odd name of a card, are no placeholders."""
    return command.replace("{", "{{").replace("}", "}}") if command else None
