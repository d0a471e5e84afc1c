"""The rig section of a scenario out of what the tools say: of this machine, or of pasted and saved output."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ...errors import BadInput
from ..ingest import nvbandwidth, p2p_bandwidth
from ..names import Find
from ..pasted import Paste, paste_of, paste_of_file
from . import (
    amd,
    amd_topology,
    apple,
    boot_log,
    device_query,
    environment,
    lspci,
    numactl,
    nvidia_smi,
    nvlink_status,
    nvml,
    proc,
    processes,
    rig_report,
    rocminfo,
    this_machine,
    topology,
    xpu_smi,
)
from .bus_names import Ids, cards_of_number, named_by_number, of_a_processor
from .detection import Detection, merged
from .links import GpuFacts
from .redaction import redacted
from .seen import Seen, SeenGpu
from .strangers import UnknownGpu

Reader = Callable[[Paste], Seen]

READERS: dict[str, Reader] = {
    "nvidia-smi": nvidia_smi.read,
    "nvidia-smi topo": topology.read,
    "nvidia-smi nvlink": nvlink_status.read,
    "deviceQuery": device_query.read,
    "numactl, lscpu": numactl.read,
    "/proc, dmidecode": proc.read,
    "club-3090 report": rig_report.read,
    "rocm-smi, amd-smi": amd.read,
    "rocm-smi --showtopo": topology.read_rocm,
    "amd-smi topology": amd_topology.read,
    "rocminfo": rocminfo.read,
    "system_profiler": apple.read,
    "xpu-smi": xpu_smi.read,
    "collect_env, gpustat": environment.read,
}


def detect(
    sources: Sequence[str | Path | Paste] | str | Path | None = None,
    *,
    find: Find | None = None,
    gpu_facts: GpuFacts | None = None,
    gpus: Iterable[str] = (),
    engines: processes.Engines | None = None,
    ids: Ids | None = None,
) -> Detection:
    """The rig that tool outputs describe, in any order and mixture; of this machine where none are given.

    sources: texts and files (as `Path`), or None for this machine.
    find: GPU name -> key of the knowledge, or None (or our BadInput) where there is no entry.
    gpu_facts: key, or name where there is no key -> facts (`nvlink`: {reach, links}, `pcie_p2p_stock_driver`), or None;
    used to refuse outputs that cannot be of these GPUs.
    gpus: names of the GPUs in index order, where the user states them.
    engines: entries of the engines, by key, whose servers are looked for.
    ids: by maker, what the bus calls its devices by number.

    Raises BadInput when nothing is recognised, or when a file cannot be read.
    """
    local = sources is None
    pastes, failed = this_machine.texts() if sources is None else (_pastes(sources), [])
    seen = read_all(pastes, engines, ids)
    makers = {gpu.values.get("vendor") for gpu in seen.gpus} - {None}
    for one in failed:
        (seen.failed if this_machine.hides_cards(one, makers) else seen.refused).append(one)
    if local and (through_nvml := nvml.read()) is not None:
        through_nvml.add(seen)
        seen = through_nvml
    for index, name in enumerate(gpus):
        stated = SeenGpu("stated", "given", index)
        stated.note("name", name)
        seen.gpus.append(stated)
    boot_log.take_cards(seen)
    if not local and not seen:
        names = ", ".join(paste.name for paste in pastes) or "nothing"
        raise BadInput(
            f"no tool output recognised in {names}",
            hint=f"known: {'; '.join(READERS)}; lspci; ps; boot logs of engines",
        )
    if not local and (said := _of_several_machines(pastes)):
        seen.said.append(("prompts", said))
    if not local:
        seen.said += [
            (paste.name, f"no tool output recognised in {paste.name}")
            for paste in pastes
            if not read_all([paste], engines, ids)
        ]
    return merged(seen, find, gpu_facts, _peer_access(pastes))


_PROMPT = re.compile(r"^[\w.-]+@([\w.-]+)[: ][^$#%>]{0,80}[$#%>] *(?:sudo )?(?:nvidia-smi|rocm-smi|amd-smi|lspci)\b")


def _of_several_machines(pastes: Iterable[Paste]) -> str | None:
    """Where the prompts before the tools name several machines, which may be a host and its container."""
    first: dict[str, str] = {}
    for paste in pastes:
        for line in paste.lines:
            if match := _PROMPT.match(line.text):
                first.setdefault(match[1], paste.where(line.number))
    if len(first) < 2:
        return None
    return f"the prompts at {' and '.join(first.values())} are of several machines: what they show is taken as one rig"


def read_all(pastes: Iterable[Paste], engines: processes.Engines | None = None, ids: Ids | None = None) -> Seen:
    """What all readers find in all texts."""
    seen = Seen()
    for paste in pastes:
        seen.add(processes.read(paste, engines or {}))
        seen.add(boot_log.read(paste, engines or {}))
        seen.add(lspci.read(paste, ids or {}))
        for read in READERS.values():
            seen.add(read(paste))
        for tool, listed in (("p2pBandwidthLatencyTest", p2p_bandwidth.devices), ("nvbandwidth", nvbandwidth.devices)):
            for name, bus in listed(paste).values():
                gpu = SeenGpu(tool, paste.name, None, bus)
                gpu.note("name", name)
                (seen.gpus if bus else seen.in_logs).append(gpu)
    _name_by_number(seen, ids or {})
    return seen


def _name_by_number(seen: Seen, ids: Ids) -> None:
    """Names for cards that only a number of the bus tells of; graphics of processors are left out, and said."""
    for gpu in list(seen.gpus):
        device, vendor = str(gpu.values.get("device_number", "")), str(gpu.values.get("vendor"))
        built_in = bool(device) and of_a_processor(vendor, device, ids)
        several = cards_of_number(vendor, device, ids) if built_in or (device and "name" not in gpu.values) else None
        if several is None:
            continue
        told = f"{'' if gpu.index is None else f'GPU {gpu.index}: '}device {device} is"
        if built_in:
            seen.gpus.remove(gpu)
            seen.said.append(("device", f"{told} {several}: graphics of the processor, not counted as a card"))
            continue
        gpu.note("name", named_by_number(vendor, device, ids))
        if "name" not in gpu.values:
            seen.said.append(("device", f"{told} one of {several}, which share a number"))


def _peer_access(pastes: Iterable[Paste]) -> dict[tuple[str, str], bool]:
    """Peer access by pair of bus addresses, out of every connectivity matrix and deviceQuery."""
    access: dict[tuple[str, str], bool] = {}
    for paste in pastes:
        for test in (p2p_bandwidth, nvbandwidth):
            listed = test.devices(paste)
            for (i, j), ok in test.connectivity(paste).items():
                one, other = (listed.get(index, ("", None))[1] for index in (i, j))
                if one and other:
                    access[one, other] = ok
        access |= device_query.peers(paste)
    return access


def _pastes(sources: Sequence[str | Path | Paste] | str | Path) -> list[Paste]:
    listed = [sources] if isinstance(sources, str | Path) else sources
    return [_paste(source) for source in listed]


def _paste(source: str | Path | Paste) -> Paste:
    if isinstance(source, Paste):
        return source
    return paste_of_file(source) if isinstance(source, Path) else paste_of(source)


__all__ = ["READERS", "Detection", "UnknownGpu", "detect", "read_all", "redacted"]
