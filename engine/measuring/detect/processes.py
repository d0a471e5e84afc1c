"""Command lines of inference engines, out of `ps`, a shell or a unit file, and what `ollama ps` and llama.cpp say.

Which programs are which engine's, and what its flags are called, stands in knowledge/engines (`process`, `flags`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..ingest.llama_names import BLOB
from ..pasted import Line, Paste, whole
from .seen import Seen, Served

Engines = Mapping[str, Mapping[str, Any]]

_SETTING = re.compile(r"^(?:NCCL|CUDA|OLLAMA|VLLM|GGML|SGLANG|HIP|ROCR)_\w+=\S+$")
_PRIVATE = re.compile(
    r"key|token(?!iz|s\b|_)|secret|passw|auth|host|port|path|dir|ssl|cert|url|user|name|log|file|alias|origin|template|api",
    re.IGNORECASE,
)
_SEARCHED = re.compile(r"(?:^|[\s/])(?:grep|rg|ps|pgrep|awk|sed)\s")
_OLLAMA_HEAD = re.compile(r"^\s*NAME\s+ID\s+SIZE\s+PROCESSOR\s*(\bCONTEXT\b)?")
_OLLAMA = re.compile(
    r"^\s*(\S+)\s+[0-9a-f]{12}\s+[\d.]+ [KMG]i?B\s+(?:100% (GPU|CPU)|(\d+)%/\d+% CPU/GPU)\s+(?:(\d+)\s+\S)?"
)
_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers to GPU")
_TAKEN = {"model", "tensor", "pipeline", "replicas", "context", "context_of_all", "kv", "kv_k", "split_mode"}
"""What goes into fields of the workload of its own, and so is no flag."""
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True)
class _Program:
    """A word, or two, that name an engine's server."""

    engine: str
    pattern: re.Pattern[str]


def read(paste: Paste, engines: Engines) -> Seen:
    """Servers whose command lines stand in a text, and how much of a model runs on the processor."""
    seen = Seen()
    programs = list(_programs(engines))
    ollama, tells_context = False, False
    for line in paste.lines:
        if (found := _server(line, programs)) is not None:
            engine, words = found
            served = _served(engine, words, engines[engine], paste.where(line.number))
            if served.values or served.flags or not words:
                seen.served.append(served)
        elif head := _OLLAMA_HEAD.match(line.text):
            ollama, tells_context = True, head[1] is not None
        elif ollama and (match := _OLLAMA.match(line.text)):
            served = _resident(match, engines, paste.where(line.number))
            if not tells_context:
                served.values.pop("context", None)
            seen.served.append(served)
        elif match := _OFFLOADED.search(line.text):
            on, layers = int(match[1][:6]), int(match[2][:6])
            seen.on_host = 1 - on / layers if layers > 0 and on <= layers else seen.on_host
    return seen


def _programs(engines: Engines) -> Iterator[_Program]:
    for key in sorted(engines):
        for name in (engines[key].get("process") or {}).get("programs", []):
            words = r"\s+".join(re.escape(word) for word in str(name).split()).replace(r"\*", r"\S*")
            yield _Program(key, re.compile(rf"(?:^|[\s/\"'])({words})(?=$|[\s\"'])"))


def _server(line: Line, programs: list[_Program]) -> tuple[str, list[str]] | None:
    """The engine of a command line and its words, settings in front included; the longest name of a program counts."""
    if line.cut and len(line.text) > 8000:
        return None
    found = [(match, one.engine) for one in programs if (match := one.pattern.search(line.text))]
    if not found:
        return None
    match, engine = max(found, key=lambda one: (len(one[0][1]), one[1]))
    before = line.text[: match.start(1)]
    if _SEARCHED.search(before):
        return None
    settings = [word for word in before.split() if _SETTING.match(word)]
    return engine, [*settings, *_words(line.text[match.end(1) :])]


def _words(text: str) -> list[str]:
    text = re.split(r"\s(?:\||>|2>|&&|;)\s|\\\s*$", text)[0]
    try:
        return shlex.split(text)[:_MOST_WORDS]
    except ValueError:
        return text.split()[:_MOST_WORDS]


def _served(engine: str, words: list[str], entry: Mapping[str, Any], where: str) -> Served:
    """Values by what the engine's entry calls a flag; the other flags as they stand, but for what names a machine."""
    process = entry.get("process") or {}
    means = {flag: name for name, flag in (entry.get("flags") or {}).items()}
    means |= {one["flag"]: one["means"] for one in process.get("spellings") or []}
    served = Served(engine, where)
    place, first = 0, True
    while place < len(words):
        flag, equals, value = words[place].partition("=")
        place += 1
        if _SETTING.match(words[place - 1]):
            _setting(flag, value, means, served)
            continue
        if not flag.startswith("-"):
            if first and re.match(r"[\w.~-]*[/-]\w", flag) and not equals:
                served.values.setdefault("model", flag)
            first = False
            continue
        first = False
        if not equals and place < len(words) and not re.match(r"-[A-Za-z-]", words[place]):
            value, place = words[place], place + 1
        name = means.get(flag)
        if name is not None and value and not BLOB.search(value):
            served.values.setdefault(name, value)
        if name not in _TAKEN and not _PRIVATE.search(flag) and not re.search(r"[/\\@]", value):
            served.flags.append(f"{flag} {value}".strip())
    return served


def _setting(name: str, value: str, means: Mapping[str, str], served: Served) -> None:
    """A setting of the environment in front of a command."""
    if name in means:
        served.values.setdefault(means[name], value)
    if means.get(name) not in _TAKEN and not _PRIVATE.search(name):
        served.flags.append(f"{name}={value}")


def _resident(match: re.Match[str], engines: Engines, where: str) -> Served:
    """A row of `ollama ps`."""
    engine = next(
        (key for key, one in engines.items() if "ollama ps" in (one.get("process") or {}).get("lists", [])), ""
    )
    served = Served(engine, where, {"model": match[1]})
    share = whole(match[3])
    served.on_host = share / 100 if share is not None else 0.0 if match[2] == "GPU" else 1.0
    if match[4]:
        served.values["context"] = match[4]
    return served
