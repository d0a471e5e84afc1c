"""What people paste into bug reports: `collect_env` of PyTorch and vLLM, `check_env` of SGLang, and `gpustat`.

Source: pytorch torch/utils/collect_env.py, vllm vllm/collect_env.py, sglang python/sglang/check_env.py. They list cards
as `nvidia-smi -L` does, without UUIDs; ROCm names the first card only, with its architecture in brackets.
"""

from __future__ import annotations

import re

from ..pasted import Line, Paste
from .seen import Seen, SeenGpu

TOOL = "collect_env"
_MAKERS = {"nvidia": r"NVIDIA|Tesla|GeForce|Quadro|TITAN", "amd": "AMD|Radeon|Instinct", "intel": "Intel"}
_NAME = "|".join(
    f"(?P<{maker}>(?:{brands})\\b[^(\n]*?(?:\\((?!UUID|gfx)[^)]*\\)[^(\n]*?)*)" for maker, brands in _MAKERS.items()
)
_CARD = re.compile(rf"^\W*(?:GPU models and configuration ?: )?GPU (\d{{1,3}}(?:,\d{{1,3}})*): (?:{_NAME})\s*$")
_FIRST_OF_ROCM = re.compile(r"GPU models and configuration ?: (AMD [^(]+?) \(gfx\w+")
_DRIVER = re.compile(r"^\W*(?:Nvidia driver version|CUDA Driver Version) *: (\d{3}\.\d+(?:\.\d+)?)\s*$")
_GPUSTAT = re.compile(r"^\W{0,3}\[(\d{1,3})\] (\S[^|]*)\|\s*\d+(?:'C|°C),[^|]*\|\s*\d+ /\s*(\d+) MB\b")
_HEAD = re.compile(r"GPU models and configuration|CUDA available:|Intel GPU models")


def read(paste: Paste) -> Seen:
    """Cards with their numbers, and the driver; a line that the text ends in is left out, for its name may be cut."""
    seen = Seen(gpus=[gpu for line in paste.lines if (gpu := _of_gpustat(line, paste))])
    if not _HEAD.search(paste.text):
        return seen
    for line in paste.lines:
        if line.cut:
            continue
        if match := _CARD.match(line.text):
            _listed(match, line, paste, seen)
        elif match := _FIRST_OF_ROCM.search(line.text):
            seen.gpus.append(_gpu(match[1], "amd", 0, line, paste))
            seen.said.append((TOOL, f"of AMD's cards {TOOL} names the first only: others may be there"))
        elif match := _DRIVER.match(line.text):
            seen.driver = seen.driver or match[1]
    return seen


def _of_gpustat(line: Line, paste: Paste) -> SeenGpu | None:
    """A line of `gpustat`, which shows NVIDIA's cards. Source: wookayin/gpustat gpustat/core.py."""
    match = _GPUSTAT.match(line.text)
    if match is None:
        return None
    gpu = SeenGpu("gpustat", paste.where(line.number), int(match[1]))
    gpu.note("name", match[2].strip())
    gpu.note("memory_mib", int(match[3]))
    gpu.note("vendor", "nvidia")
    return gpu


def _listed(match: re.Match[str], line: Line, paste: Paste, seen: Seen) -> None:
    maker = next(one for one in _MAKERS if match[one])
    seen.gpus += [_gpu(match[maker].strip(), maker, int(index), line, paste) for index in match[1].split(",")]


def _gpu(name: str, maker: str, index: int, line: Line, paste: Paste) -> SeenGpu:
    gpu = SeenGpu(TOOL, paste.where(line.number), index)
    gpu.note("name", name)
    gpu.note("vendor", maker)
    return gpu
