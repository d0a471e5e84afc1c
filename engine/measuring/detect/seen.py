"""What the tools said, before it is merged: GPUs by index or bus address, matrices, and the host."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from ...errors import BadInput

Value = bool | int | float | str
Kind = Literal["links", "slots", "peers", "xgmi"]


@dataclass(slots=True)
class SeenGpu:
    """One GPU in one tool's output. `values` by the names of `GPU_VALUES`.

    identity: its UUID, by which outputs of two machines are told apart; it is shown nowhere.
    """

    tool: str
    where: str
    index: int | None = None
    bus: str | None = None
    values: dict[str, Value] = field(default_factory=dict)
    identity: str | None = None

    def identify(self, uuid: object) -> None:
        """Take a UUID as it is printed, unless somebody made it unreadable."""
        match = _UUID.search(str(uuid))
        self.identity = match[0].lower() if match and len(set(match[0])) > _LEAST_DIGITS else None

    def note(self, name: str, value: Value | None) -> None:
        if name not in GPU_VALUES:
            raise BadInput(f"'{name}' is no value of a GPU")
        if value is not None:
            self.values[name] = value


_UUID = re.compile(r"GPU-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LEAST_DIGITS = 6
"""Different signs of a UUID; fewer were written by hand over the real ones."""
GPU_VALUES = {
    "name", "vendor", "memory_mib", "bar1_mib", "driver",
    "power_limit_w", "power_default_w", "power_max_w", "power_draw_w",
    "pcie_gen_now", "pcie_gen_max", "pcie_gen_card", "pcie_gen_slot",
    "pcie_lanes_now", "pcie_lanes_max", "pcie_lanes_slot",
    "pstate", "busy_percent", "idle", "mig", "mig_slices", "numa_node", "cpus",
    "nvlinks_active", "nvlinks_inactive", "nvlink_gb_s", "compute_capability", "cores", "architecture", "device_number",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matrix:
    """A complete, symmetric matrix between GPUs: links (`NV4`, `PHB`), slots alone (`PHB`), peers (`OK`) or XGMI."""

    kind: Kind
    where: str
    gpus: tuple[int, ...]
    cells: dict[tuple[int, int], str]
    genuine: bool = True

    def pairs(self) -> list[tuple[int, int]]:
        return [(i, j) for i in self.gpus for j in self.gpus if i < j]


@dataclass(frozen=True, slots=True)
class Refused:
    """Input that was recognised and not believed: why and where."""

    reason: str
    where: str


@dataclass(slots=True)
class Served:
    """A server that runs: its engine's key, values by the names of that engine's flags, and its other flags.

    on_host: share of the model that runs on the processor, where a tool tells it.
    """

    engine: str
    where: str
    values: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    on_host: float | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Tokens that an engine has room for, and how many requests of how many tokens that are, where it tells."""

    tokens: float
    requests: float | None = None
    context: int | None = None


@dataclass(frozen=True, slots=True)
class Acs:
    """An ACS control word: where it was read, whether it redirects, and the address of its bridge where one is told."""

    where: str
    redirects: bool
    bridge: str | None = None


@dataclass(slots=True)
class Seen:
    """Everything that one text said.

    in_logs: cards that an engine names. warned: its complaints, by id and in words. pool: the room that it found.
    """

    gpus: list[SeenGpu] = field(default_factory=list)
    matrices: list[Matrix] = field(default_factory=list)
    host: dict[str, Value] = field(default_factory=dict)
    node_of_cpus: dict[str, int] = field(default_factory=dict)
    attached: int | None = None
    driver: str | None = None
    iommu: str | None = None
    acs: list[Acs] = field(default_factory=list)
    patched: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    on_host: float | None = None
    refused: list[Refused] = field(default_factory=list)
    failed: list[Refused] = field(default_factory=list)
    in_logs: list[SeenGpu] = field(default_factory=list)
    warned: list[tuple[str, str]] = field(default_factory=list)
    pool: Pool | None = None

    def add(self, other: Seen) -> None:
        self.gpus += other.gpus
        self.matrices += other.matrices
        for name, value in other.host.items():
            self.host.setdefault(name, value)
        self.node_of_cpus |= other.node_of_cpus
        self.attached = self.attached or other.attached
        self.driver = self.driver or other.driver
        self.iommu = self.iommu or other.iommu
        self.acs += other.acs
        self.patched += other.patched
        self.said += other.said
        self.served += other.served
        self.on_host = other.on_host if self.on_host is None else self.on_host
        self.refused += other.refused
        self.failed += other.failed
        self.in_logs += other.in_logs
        self.warned += other.warned
        self.pool = self.pool or other.pool

    def __bool__(self) -> bool:
        return bool(
            self.gpus or self.matrices or self.host or self.acs or self.refused or self.driver or self.node_of_cpus
            or self.said or self.patched or self.iommu or self.served or self.on_host is not None
            or self.failed or self.in_logs or self.warned or self.pool
        )  # fmt: skip


_BUS = re.compile(r"^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})(?:\.([0-7]))?$", re.IGNORECASE)
GEN_OF_GT_S = {2.5: 1, 5.0: 2, 8.0: 3, 16.0: 4, 32.0: 5, 64.0: 6}


def bus_address(text: object) -> str | None:
    """A PCI address as `0000:01:00.0`, however the tool wrote it."""
    match = _BUS.match(str(text or "").strip())
    if match is None:
        return None
    domain = (match[1] or "0000")[-4:].lower()
    return f"{domain}:{match[2].lower()}:{match[3].lower()}.{match[4] or '0'}"


def generation(gt_s: object) -> int | None:
    """PCIe generation out of a transfer rate such as `16GT/s` or `8.0 GT/s PCIe`."""
    match = re.search(r"([\d.]+)\s*GT/s", str(gt_s))
    try:
        return GEN_OF_GT_S.get(float(match[1])) if match else None
    except ValueError:
        return None
