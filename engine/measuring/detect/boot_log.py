"""Logs of an engine's start: which engine with which model and settings, on which cards, and what it complains of.

Which lines are which engine's, and what its settings mean, stands in knowledge/engines (`process.log`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..ingest import boot_log
from ..ingest.diagnostics import diagnostics
from ..ingest.llama_names import BLOB, DevicesSeen, ModelSeen
from ..pasted import Line, Paste, number, whole
from .processes import Engines
from .seen import Pool, Seen, SeenGpu, Served, bus_address

TOOL = "boot log"
_USED = re.compile(r"using device \w+ \((.+?)\)(?: \(([0-9a-f:.]+)\))? - (\d+) MiB free")
_SERVED_BY = re.compile(r'msg="inference compute".*?\bname=(?:"([^"]+)"|(\S+)) .*?total="([\d.]+) ([KMGT]iB)"')
_BUS_TOLD = re.compile(r"\bpci_id=([0-9a-f:.]+)")
_KERNEL_OF = re.compile(r"device_name=([A-Za-z0-9_]+?)(?:,|\.json|\b)")
_MIB = {"KiB": 2**-10, "MiB": 1, "GiB": 2**10, "TiB": 2**20}
_OFFLOAD = re.compile(r"\blayers\.model=(\d{1,5}) layers\.offload=(\d{1,5})\b")
_TOLD = ("true", "1", "enabled")


def read(paste: Paste, engines: Engines) -> Seen:
    """The engine that starts, its settings, its cards and its complaints; nothing of a text that is no such log."""
    seen = Seen()
    lines = _lines_of(paste, engines)
    devices, model = DevicesSeen(), ModelSeen()
    for line in paste.lines:
        devices.see(line)
        model.see(line)
        _see(line, paste, seen)
    for key, line in lines:
        seen.served.append(_settings(line, key, engines[key], paste.where(line.number)))
    _embed(seen.served, engines)
    if seen.served and (model.path or model.name or model.form):
        seen.served.append(_loaded(seen.served[0], model))
    if devices.listed():
        seen.in_logs = _listed(devices, seen.in_logs, paste)
    seen.in_logs = seen.in_logs or _by_kernels(paste, seen.served)
    seen.warned = [(one.id, one.says) for one in diagnostics(paste) if one.id != "offloaded_layers"]
    seen.pool = _pool(paste)
    return seen


def take_cards(seen: Seen) -> None:
    """Cards of logs where no tool shows any; else what of them contradicts the tools, as a remark."""
    shown = [str(gpu.values["name"]) for gpu in seen.gpus if gpu.values.get("name")]
    if not seen.gpus:
        for index, gpu in enumerate(seen.in_logs):
            gpu.index = index
            seen.gpus.append(gpu)
        if seen.in_logs:
            seen.said.append(("log", "the cards are those that a log or a benchmark names: others may be there"))
        return
    strange = dict.fromkeys(
        name for gpu in seen.in_logs if (name := str(gpu.values["name"])) and not _among(name, shown)
    )
    if shown and strange:
        told = f"a log names {', '.join(strange)}, the tools show {', '.join(dict.fromkeys(shown))}"
        seen.said.append(("log", f"{told}: of another machine, or of another time"))


def _among(name: str, shown: list[str]) -> bool:
    """Whether a card is one of those shown, with or without its brand and where a table cut it."""
    plain = {_plain(one) for one in (name, *shown)}
    own = _plain(name)
    return any(own.startswith(one) or one.startswith(own) for one in plain - {own}) or own in {_plain(s) for s in shown}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", re.sub(r"^(?:nvidia|amd|intel(?:\(r\))?)\s+", "", name.lower()))


def _lines_of(paste: Paste, engines: Engines) -> list[tuple[str, Line]]:
    """Lines that tell settings, each with the key of its engine."""
    marks = [(piece, key) for key in sorted(engines) for piece in _log(engines[key]).get("lines", ())]
    return [(key, line) for line in paste.lines for piece, key in marks if piece in line.text]


def _log(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    found = (entry.get("process") or {}).get("log")
    return found if isinstance(found, Mapping) else {}


def _settings(line: Line, engine: str, entry: Mapping[str, Any], where: str) -> Served:
    log, served = _log(entry), Served(engine, where)
    for name, means in (log.get("settings") or {}).items():
        value = _value(name, line.text)
        if value is not None and not BLOB.search(value):
            served.values.setdefault(means, value)
    for name, flag in (log.get("switches") or {}).items():
        if (_value(name, line.text) or "").lower() in _TOLD:
            served.flags.append(flag)
    return served


def _value(name: str, text: str) -> str | None:
    """What a setting is in a line: `name=value`, `name = value`, `'name': value`; None where it is nothing."""
    told = r"(?:'([^']*)'|\"([^\"]*)\"|([^\s,)}\]'\"]+))"
    match = re.search(rf"(?<![\w.-]){name}['\"]?\s*[=:]\s*{told}", text)
    value = next((group for group in match.groups() if group), None) if match else None
    return None if value in (None, "None", "null", "auto", "[]") else value


def _embed(served: list[Served], engines: Engines) -> None:
    """What an engine passes on of another's log is its own."""
    named = {one.engine for one in served}
    for key in sorted(named):
        for one in served:
            if one.engine in _log(engines[key]).get("embeds", ()):
                one.engine = key


def _loaded(first: Served, model: ModelSeen) -> Served:
    """The model by the name and the type in its file, where no path told it."""
    told = {"model": model.path or model.name, "quantization": model.form}
    return Served(first.engine, first.where, {name: value for name, value in told.items() if value})


def _see(line: Line, paste: Paste, seen: Seen) -> None:
    """Cards that are in use by name, and layers that are not on them."""
    if match := _USED.search(line.text):
        gpu = _named(match[1], paste.where(line.number))
        gpu.bus = bus_address(match[2])
        seen.in_logs.append(gpu)
    elif match := _SERVED_BY.search(line.text):
        gpu = _named(match[1] or match[2], paste.where(line.number))
        gpu.note("memory_mib", round((number(match[3]) or 0) * _MIB[match[4]]) or None)
        told = _BUS_TOLD.search(line.text)
        gpu.bus = bus_address(told[1]) if told else None
        seen.in_logs.append(gpu)
    elif match := _OFFLOAD.search(line.text):
        layers, on = int(match[1]), int(match[2])
        seen.on_host = 1 - on / layers if layers > 0 and on <= layers else seen.on_host


def _listed(devices: DevicesSeen, used: list[SeenGpu], paste: Paste) -> list[SeenGpu]:
    """The devices that ggml lists, with their memory; of those, the addresses that the loader tells."""
    gpus = []
    for place in sorted(devices.names):
        gpu = _named(devices.names[place], paste.name)
        gpu.note("memory_mib", devices.memory.get(place))
        gpu.bus = used[place].bus if len(used) == len(devices.names) else None
        gpus.append(gpu)
    return gpus


def _named(name: str, where: str) -> SeenGpu:
    gpu = SeenGpu(TOOL, where)
    gpu.note("name", name.strip())
    return gpu


def _by_kernels(paste: Paste, served: list[Served]) -> list[SeenGpu]:
    """Cards by the file of kernels that is looked for, as many as the sizes of the engine make it use."""
    for line in paste.lines:
        if served and (match := _KERNEL_OF.search(line.text)):
            values = {name: value for one in reversed(served) for name, value in one.values.items()}
            count = 1
            for size in ("tensor", "pipeline", "replicas"):
                count *= max(whole(values.get(size)) or 1, 1)
            name = match[1].replace("_", " ")
            return [_named(name, paste.where(line.number)) for _ in range(min(count, 64))]
    return []


def _pool(paste: Paste) -> Pool | None:
    """The room for keys and values that the engine found, and how many whole requests it holds."""
    found = {one.metric: one for one in boot_log.read(paste).measurements}
    tokens, requests = found.get("kv_pool_tokens"), found.get("max_concurrency")
    if tokens is None:
        return None
    return Pool(tokens.value, requests.value if requests else None, requests.context_depth if requests else None)
