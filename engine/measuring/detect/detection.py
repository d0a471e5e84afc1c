"""Everything the tools said, merged into the rig section of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...errors import BadInput
from ..names import Find, meant_by
from .cards import Card, cards_of, loud_idle
from .identity import is_cut, key_of
from .impossible import other_memory, without_impossible
from .links import GpuFacts, believed, contradictions, nodes_of, nvlink_of, peers_of
from .pcie import Link, filled_in, link_of, observation, remarks_of, rig_pcie
from .seen import Matrix, Pool, Seen, Served
from .slices import by_slices
from .strangers import UnknownGpu, stranger

_HOST_KEYS = ("cpu", "sockets", "ram_gb", "ram_channels", "ram_bandwidth_gb_s")
_MOST_GPUS = 1024
Keys = Mapping[int, str | None]


@dataclass(slots=True)
class Detection:
    """The rig in scenario form, and what a reader should know about it.

    unjoined: tools show that no NVLink joins the cards. on_host: share of a model on the processor.
    failed: why tools that show cards gave nothing. warned: complaints of an engine in its log, by id and in words.
    pool: room for keys and values that an engine found. redirecting: addresses of bridges whose ACS is on.
    stood_in: cards of whose slots a part is not told, so that what the card can do stands for it.
    """

    rig: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unknown_gpus: list[UnknownGpu] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    gpus: list[dict[str, Any]] = field(default_factory=list)
    driver_version: str | None = None
    loud: list[int] = field(default_factory=list)
    iommu: str | None = None
    served: list[Served] = field(default_factory=list)
    workload: dict[str, Any] = field(default_factory=dict)
    on_host: float | None = None
    unjoined: bool = False
    failed: list[str] = field(default_factory=list)
    warned: list[tuple[str, str]] = field(default_factory=list)
    pool: Pool | None = None
    redirecting: list[str] = field(default_factory=list)
    stood_in: list[int] = field(default_factory=list)


def merged(seen: Seen, find: Find | None, facts: GpuFacts | None, access: Mapping[tuple[str, str], bool]) -> Detection:
    """One detection out of everything that was seen.

    find: a GPU's name to its key, None where the knowledge has none. It may raise our errors; they count as None.
    facts: a GPU's name to what the knowledge says of it.
    access: peer access by pair of bus addresses, from a connectivity matrix.
    """
    found = Detection(driver_version=seen.driver, iommu=seen.iommu, served=seen.served, on_host=_on_host(seen))
    cards, contradictions = cards_of(seen)
    if len(cards) > _MOST_GPUS:
        raise BadInput(f"{len(cards)} GPUs in one machine; at most {_MOST_GPUS} are read")
    found.remarks += contradictions
    seen.refused += without_impossible(cards, facts)
    keys = {card.index: key_of(card, find, facts) for card in cards}
    alike = {card.index: meant_by(card.name, find) for card in cards if find and card.name and not keys[card.index]}
    found.remarks += other_memory(cards, keys, facts)
    facts = _by_key(facts, keys, cards)
    matrices = believed(seen, cards, facts)
    if len(matrices) < len(seen.matrices):
        cards, _ = cards_of(_without(seen, matrices))
        without_impossible(cards, facts)
    found.gpus = [{"index": card.index, **card.values} for card in cards]
    _groups(cards, keys if find is not None else None, alike, found)
    _nvlink(matrices, cards, found)
    _pcie(cards, facts, found)
    places = {card.bus: card.index for card in cards if card.bus}
    by_index = {(places[a], places[b]): ok for (a, b), ok in access.items() if a in places and b in places}
    _peers(matrices, by_index, cards, facts, seen, found)
    _memory_windows(cards, found)
    _numa(cards, seen, found)
    _acs(seen, found)
    _host(seen, found)
    _card_remarks(cards, seen, found)
    if found.on_host:
        found.remarks.append(f"{found.on_host:.0%} of a model runs on the processor")
    found.warned, found.pool = list(dict.fromkeys(seen.warned)), seen.pool
    found.remarks += [f"its log: {says}" for _, says in found.warned]
    found.failed = [f"{one.where}: {one.reason}" for one in seen.failed]
    found.refused = list(dict.fromkeys([*found.failed, *(f"{one.where}: {one.reason}" for one in seen.refused)]))
    found.commands = _commands(found, cards)
    found.rig = by_slices(found.rig, cards, facts)
    found.remarks = list(dict.fromkeys(found.remarks))
    return found


def _on_host(seen: Seen) -> float | None:
    """The largest share of a model that a tool shows on the processor."""
    told = [share for share in (seen.on_host, *(one.on_host for one in seen.served)) if share is not None]
    return max(told, default=None)


def _without(seen: Seen, matrices: list[Matrix]) -> Seen:
    """What was seen, less the matrices that are not believed and what only they say of GPUs."""
    kept = {matrix.where for matrix in matrices}
    dropped = {matrix.where for matrix in seen.matrices} - kept
    return replace(seen, matrices=matrices, gpus=[gpu for gpu in seen.gpus if gpu.where not in dropped])


def _by_key(facts: GpuFacts | None, keys: Keys, cards: list[Card]) -> GpuFacts | None:
    """Facts asked for by key where the card has one."""
    if facts is None:
        return None
    named = {card.name: key for card in cards if card.name and (key := keys.get(card.index))}
    return lambda name: facts(named.get(name, name))


def _groups(cards: list[Card], keys: Keys | None, alike: Mapping[int, list[str]], found: Detection) -> None:
    """Consecutive GPUs of one kind and limit as one group, so that groups number the GPUs as the driver does.

    alike: of a card whose name means several entries, their keys.
    """
    groups: list[dict[str, Any]] = []
    strangers: dict[str, list[Card]] = {}
    unnamed: list[int] = []
    for card in cards:
        key = keys.get(card.index) if keys else None
        cut = key is None and (is_cut(card.name) or bool(alike.get(card.index)))
        entry: dict[str, Any] = {"gpu": key or ("unknown" if cut else card.name) or "unknown"}
        if (limit := card.number("power_limit_w")) is not None and limit > 0:
            entry["power_limit_w"] = int(limit) if limit == int(limit) else limit
        if card.values.get("mig") is True:
            entry["mig"] = True
        if cut:
            unnamed.append(card.index)
            one_of = f"{card.name} may be {' or '.join(alike[card.index])}" if alike.get(card.index) else None
            found.remarks.append(f"GPU {card.index}: {one_of or f'the table cut its name off: {card.name}'}")
        elif key is None and card.name is not None and keys is not None:
            strangers.setdefault(card.name, []).append(card)
        last = {name: value for name, value in groups[-1].items() if name != "count"} if groups else None
        if last == entry:
            groups[-1]["count"] += 1
        else:
            groups.append({"gpu": entry.pop("gpu"), "count": 1, **entry})
    if groups:
        found.rig["gpus"] = groups
    found.unknown_gpus = [stranger(name, members) for name, members in strangers.items()]
    unnamed = sorted({*unnamed, *(card.index for card in cards if card.name is None)})
    if unnamed:
        lister = _lister([card for card in cards if card.index in unnamed])
        known = any(alike.get(index) for index in unnamed)
        lister = "`nvidia-smi -q`, for the memory tells them apart" if known and "nvidia-smi" in lister else lister
        found.unknown.append(f"the model of GPU {', '.join(map(str, unnamed))}: run {lister}")


_LISTERS = {"amd": "rocm-smi --showproductname", "intel": "lspci -vv", "apple": "system_profiler SPDisplaysDataType"}


def _lister(cards: list[Card]) -> str:
    """The commands that name the cards, of NVIDIA's where no maker is told."""
    wanted = dict.fromkeys(_LISTERS.get(str(card.values.get("vendor")), "nvidia-smi -L") for card in cards)
    return " and ".join(f"`{command}`" for command in wanted)


def _nvlink(matrices: list[Matrix], cards: list[Card], found: Detection) -> None:
    nvlink, remarks, unknown = nvlink_of(matrices, cards)
    found.unjoined = nvlink == []
    if nvlink or (found.unjoined and len(cards) > 1):
        found.rig["nvlink"] = nvlink
    doubts = contradictions(matrices, cards)
    found.remarks += [*remarks, *doubts]
    found.unknown += unknown
    if doubts:
        found.unknown.append(
            "which NVLinks there are: give `nvidia-smi topo -m` and `nvidia-smi nvlink -s` of one moment"
        )


def _completed(card: Card, link: Link, facts: GpuFacts | None) -> Link:
    """A link with what the card can do in place of what is not told of its slot, so that the other slots are kept."""
    entry = (facts(card.name) or {}) if facts and card.name else {}
    own = entry.get("pcie") or {}
    gen, lanes = card.whole("pcie_gen_card") or own.get("gen"), card.whole("pcie_lanes_max") or own.get("lanes")
    return replace(link, gen=link.gen or gen, lanes=link.lanes or lanes)


def _pcie(cards: list[Card], facts: GpuFacts | None, found: Detection) -> None:
    """The slots; of one of which a part is not told, the card's own, where others are told."""
    links = [link_of(card) for card in cards]
    told = [link if link.whole else _completed(card, link, facts) for card, link in zip(cards, links, strict=True)]
    pcie = rig_pcie(told)
    if pcie is not None and all(link.whole for link in told) and any(link.whole for link in links):
        found.rig["pcie"] = pcie
        stood_in = [three for three in zip(cards, links, told, strict=True) if not three[1].whole]
        found.remarks += [filled_in(card.index, link, whole) for card, link, whole in stood_in]
        found.stood_in = [card.index for card, _, _ in stood_in]
    else:
        found.remarks += [text for card, link in zip(cards, links, strict=True) if (text := link.part_of(card.index))]
    found.rig |= observation(links)
    for card, link in zip(cards, links, strict=True):
        found.remarks += remarks_of(card, link)
    if any(link.lanes is not None and link.gen is None for link in links):
        makers = {str(card.values.get("vendor")) for card in cards}
        tool = "`lspci -vv`" if makers <= set(_LISTERS) else "`nvidia-smi -q`, or look at the link under load"
        found.unknown.append(f"the PCIe generation of slot and card: run {tool}")


def _peers(
    matrices: list[Matrix], access: Mapping[tuple[int, int], bool], cards: list[Card], facts: GpuFacts | None,
    seen: Seen, found: Detection,
) -> None:  # fmt: skip
    works, somewhere, remarks = peers_of(matrices, access)
    if works is not None:
        found.rig["p2p"] = works
    found.remarks += remarks
    stock = [facts(card.name) for card in cards if card.name] if facts else []
    barred = bool(stock) and all(known is not None and known.get("pcie_p2p_stock_driver") is False for known in stock)
    if seen.patched:
        found.rig["driver"] = "p2p_patched"
        found.remarks.append(f"a patched driver is named: {seen.patched[0]}")
    elif somewhere and barred:
        found.rig["driver"] = "p2p_patched"
        found.remarks.append("PCIe peer access works where the stock driver allows none: the kernel module is patched")
    elif works is False and barred:
        found.rig["driver"] = "stock"


def _memory_windows(cards: list[Card], found: Detection) -> None:
    sizes = {size for card in cards if (size := card.number("bar1_mib"))}
    if sizes:
        smallest = min(sizes)
        found.rig["bar1_mb"] = int(smallest) if smallest == int(smallest) else smallest
    for card in cards:
        window, memory = card.number("bar1_mib"), card.number("memory_mib")
        if window and memory and window < memory:
            found.remarks.append(
                f"GPU {card.index}: BAR1 of {window:g} MiB is smaller than its {memory:g} MiB of memory"
            )


def _numa(cards: list[Card], seen: Seen, found: Detection) -> None:
    nodes, remarks = nodes_of(cards, seen.node_of_cpus)
    if nodes is not None:
        found.rig["numa_nodes"] = nodes
    found.remarks += remarks


def _acs(seen: Seen, found: Detection) -> None:
    if seen.acs:
        on = [one for one in seen.acs if one.redirects]
        found.rig["acs_enabled"] = bool(on)
        found.redirecting = sorted({one.bridge.removeprefix("0000:") for one in on if one.bridge})
        if on:
            found.remarks.append(f"ACS redirects peer traffic through the root complex ({on[0].where})")


def _host(seen: Seen, found: Detection) -> None:
    host = {name: seen.host[name] for name in _HOST_KEYS if name in seen.host}
    if host:
        found.rig["host"] = host
    if "ram_bandwidth_gb_s" in host:
        found.remarks.append("ram_bandwidth_gb_s is computed from channels and module speed, not measured")
    found.remarks += [text for _, text in seen.said]


def _card_remarks(cards: list[Card], seen: Seen, found: Detection) -> None:
    for card in cards:
        limit, default = card.number("power_limit_w"), card.number("power_default_w")
        if limit is not None and default is not None and limit < default:
            found.remarks.append(f"GPU {card.index} is capped at {limit:g} W; its own default is {default:g} W")
        elif limit is not None and default is not None and limit > default:
            found.remarks.append(f"GPU {card.index} may draw {limit:g} W; its own default is {default:g} W")
        if card.values.get("mig") is True:
            sizes = f" of {card.values['mig_slices']}" if "mig_slices" in card.values else ""
            found.remarks.append(
                f"GPU {card.index} is in MIG mode: its slices{sizes} do not work together on one model"
            )
        if loud_idle(card):
            found.loud.append(card.index)
            found.remarks.append(f"GPU {card.index} draws {card.number('power_draw_w'):g} W while it reports idle")
    if seen.attached and cards and seen.attached != len(cards):
        described = f"{len(cards)} {'is' if len(cards) == 1 else 'are'} described here"
        found.remarks.append(f"the driver sees {seen.attached} GPUs, {described}")
        found.unknown.append(f"the other GPUs of {seen.attached}: give the whole output of `nvidia-smi -q`")
    if found.driver_version:
        found.remarks.append(f"driver {found.driver_version}")


def _commands(found: Detection, cards: list[Card]) -> list[str]:
    """Commands that would tell what is still unknown; none needs root."""
    vendors = {card.values.get("vendor") for card in cards}
    wanted: list[str] = []
    if "apple" in vendors:
        return wanted
    if "amd" in vendors:
        wanted += ["rocm-smi --showtopo"] if len(cards) > 1 and "nvlink" not in found.rig else []
        return wanted
    if vendors == {"intel"}:
        return ["lspci -vv"] if "pcie" not in found.rig else []
    matrix_read = any("topology" in remark or "NVLink" in remark for remark in found.remarks)
    if any(card.name is None or card.number("power_limit_w") is None for card in cards) or "pcie" not in found.rig:
        wanted.append("nvidia-smi -q")
    if len(cards) > 1 and not matrix_read:
        wanted.append("nvidia-smi topo -m")
    if len(cards) > 1 and "p2p" not in found.rig:
        wanted.append("nvidia-smi topo -p2p rw")
    if len(cards) > 1 and "acs_enabled" not in found.rig:
        wanted.append("lspci -vv")
    return wanted
