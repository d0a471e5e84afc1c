"""GPUs through NVML, where the package nvidia-ml-py and a driver are there. Nothing requires it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .seen import Seen, SeenGpu, Value, bus_address

T = TypeVar("T")


def read() -> Seen | None:
    """What NVML says, or None where it cannot be asked."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except Exception:
        return None
    try:
        return _seen(pynvml)
    except Exception:
        return None
    finally:
        pynvml.nvmlShutdown()


def _seen(nvml: Any) -> Seen:
    seen = Seen(driver=_said(lambda: _text(nvml.nvmlSystemGetDriverVersion())))
    count = int(nvml.nvmlDeviceGetCount())
    seen.attached = count
    for index in range(count):
        seen.gpus.append(_gpu(nvml, nvml.nvmlDeviceGetHandleByIndex(index), index))
    return seen


def _gpu(nvml: Any, handle: Any, index: int) -> SeenGpu:
    gpu = SeenGpu("NVML", "NVML", index, _said(lambda: bus_address(_text(nvml.nvmlDeviceGetPciInfo(handle).busId))))
    asked: dict[str, Callable[[], Value | None]] = {
        "name": lambda: _text(nvml.nvmlDeviceGetName(handle)),
        "memory_mib": lambda: nvml.nvmlDeviceGetMemoryInfo(handle).total // 2**20,
        "bar1_mib": lambda: nvml.nvmlDeviceGetBAR1MemoryInfo(handle).bar1Total // 2**20,
        "power_limit_w": lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000,
        "power_default_w": lambda: nvml.nvmlDeviceGetPowerManagementDefaultLimit(handle) / 1000,
        "power_draw_w": lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1000,
        "pcie_gen_now": lambda: nvml.nvmlDeviceGetCurrPcieLinkGeneration(handle),
        "pcie_gen_max": lambda: nvml.nvmlDeviceGetMaxPcieLinkGeneration(handle),
        "pcie_lanes_now": lambda: nvml.nvmlDeviceGetCurrPcieLinkWidth(handle),
        "pcie_lanes_max": lambda: nvml.nvmlDeviceGetMaxPcieLinkWidth(handle),
        "pstate": lambda: f"P{nvml.nvmlDeviceGetPerformanceState(handle)}",
        "busy_percent": lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu,
        "mig": lambda: nvml.nvmlDeviceGetMigMode(handle)[0] == 1,
    }
    for name, ask in asked.items():
        gpu.note(name, _said(ask))
    gpu.note("vendor", "nvidia")
    return gpu


def _said(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except Exception:
        return None


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
