"""How the llama.cpp family writes models, quantizations and devices."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..pasted import Line, Paste, whole

_SIZES = {"small": "S", "medium": "M", "large": "L", "x-large": "XL", "extra small": "XS"}
_QUANTIZATION = re.compile(
    r"\b(IQ\d_[A-Z]{1,3}\d?(?:_R\d+)?|IQ\d_K[A-Z]{0,2}(?:_R\d+)?|Q\d_K(?:_[A-Z]{1,2})?(?:_R\d+)?|Q\d_\d(?:_\d+)*(?:_R\d+)?"
    r"|TQ\d_\d|MXFP4|NVFP4|BF16|F16|F32)\b"
    r"(?:\s+-\s+(Small|Medium|Large|X-Large|Extra small)\b|\s+(mix)\b)?",
    re.IGNORECASE,
)
_BITS = re.compile(r"\s*-?\s*[\d.]+\s*bpw.*$", re.IGNORECASE)
_MIX_BY_BITS = {"IQ3_S": "IQ3_M"}
_EXPERTS = re.compile(
    r"moe|\b\d+x\d+|\bA\d+(?:\.\d+)?B\b|gpt-oss|mixtral|deepseek[23]|grok|dbrx|minimax|kimi", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model as llama-bench prints it, taken apart: `qwen3 8B Q5_K - Medium` is qwen3 8B in Q5_K_M."""

    model: str
    quantization: str | None

    @property
    def arch(self) -> str | None:
        return "moe" if _EXPERTS.search(self.model) else None


def named_model(text: str) -> NamedModel:
    """Model and quantization out of llama-bench's `model_type`."""
    match = _QUANTIZATION.search(text)
    if match is None:
        return NamedModel(text.strip(), None)
    model = re.sub(r"\s+(?:mostly|all)\s*$", "", text[: match.start()].rstrip()).strip()
    return NamedModel(model or text.strip(), quantization(match[0]))


def quantization(text: str) -> str | None:
    """llama.cpp's name of a quantization as its file types are called: `Q4_K - Medium` is Q4_K_M."""
    match = _QUANTIZATION.search(_BITS.sub("", text))
    if match is None:
        return None
    base = match[1].upper()
    if match[3]:
        return _MIX_BY_BITS.get(base, base)
    size = match[2]
    return base if not size else f"{base}_{_SIZES[size.lower()]}"


def kv_dtype(key_type: object, value_type: object) -> str | None:
    """Type of the KV cache: one name where keys and values agree."""
    if not key_type and not value_type:
        return None
    key, value = str(key_type or "f16"), str(value_type or "f16")
    return key if key == value else f"{key}/{value}"


_FOUND = re.compile(r"found (\d+) (CUDA|ROCm|Vulkan|SYCL|HIP|MUSA) devices?", re.IGNORECASE)
_DEVICE = re.compile(r"^\s*Device (\d+): ([^,|]+),")
_DRIVER = re.compile(r"(?:\s+\([^()]*\))+$")
"""What Vulkan's drivers put behind the name of a card: `(RADV NAVI31)`."""
_MEMORY = re.compile(r"\bVRAM: (\d+) MiB")
_VULKAN = re.compile(r"ggml_vulkan: (\d+) = (.+?) \([^()|]*\) \|")
_METAL = re.compile(r"ggml_metal\w*: (?:found device:|picking default device:|GPU name:)\s+(Apple \S.*?)\s*$")


class DevicesSeen:
    """The devices that ggml listed most recently, line by line through a log, with their memory [MiB] where told."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.memory: dict[int, int] = {}
        self.backend: str | None = None

    def see(self, line: Line) -> None:
        if match := _FOUND.search(line.text):
            self.names, self.memory, self.backend = {}, {}, match[2]
        elif match := (_DEVICE.match(line.text) or _VULKAN.search(line.text)):
            self.names[int(match[1][:6])] = _DRIVER.sub("", match[2].strip())
            if (told := _MEMORY.search(line.text)) and (size := whole(told[1])):
                self.memory[int(match[1][:6])] = size
        elif match := _METAL.search(line.text):
            self.names, self.backend = {0: match[1]}, "Metal"

    def listed(self) -> tuple[str, ...]:
        return tuple(self.names[i] for i in sorted(self.names))


_NAME = re.compile(r"(?:print_info|print_meta): general\.name\s*=\s*(\S.*?)\s*$")
_FILE_TYPE = re.compile(r"(?:print_info|print_meta): (?:file type|model ftype)\s*=\s*(\S.*?)\s*$")
_PATH = re.compile(r"\btensors from (\S+\.gguf)\b")
BLOB = re.compile(r"sha256[-:][0-9a-f]{12,}")
_OFFLOADED = re.compile(r"offloaded (\d{1,5})/(\d{1,5}) layers to GPU")


class ModelSeen:
    """The model that llama.cpp loaded most recently, line by line through a log.

    in_host: what it left on the host. path: of its file, unless that is named by its content alone.
    """

    def __init__(self) -> None:
        self.name: str | None = None
        self.form: str | None = None
        self.in_host: str | None = None
        self.path: str | None = None

    def see(self, line: Line) -> None:
        if match := _PATH.search(line.text):
            self.path = None if BLOB.search(match[1]) else match[1]
        elif match := _NAME.search(line.text):
            self.name = match[1]
        elif match := _FILE_TYPE.search(line.text):
            self.form, self.in_host = quantization(match[1]), None
        elif match := _OFFLOADED.search(line.text):
            whole_model = int(match[1]) >= int(match[2])
            self.in_host = None if whole_model else f"{match[1]} of {match[2]} layers on the GPUs"

    def cells(self) -> dict[str, str]:
        """What was seen, by the name of its column."""
        file = re.split(r"[/\\]", self.path)[-1].removesuffix(".gguf") if self.path else None
        seen = {"model": self.name or file, "quantization": self.form}
        return {column: value for column, value in seen.items() if value is not None}


def devices_in(text: str) -> tuple[str, ...]:
    """`gpu_info` of llama-bench as a list of devices."""
    return tuple(part.strip() for part in re.split(r",\s+|\s*/\s+", text) if part.strip())


def gpu_label(names: tuple[str, ...]) -> str | None:
    """One label for the GPUs that took part: their name, or the different names in order."""
    return " + ".join(dict.fromkeys(names)) or None


_BUILD = re.compile(r"^\s*build: ([0-9a-f]{6,40}|unknown) \((\d+)\)")
_BUILD_LOG = re.compile(r"build: (\d+) \(([0-9a-f]{6,40})\)")


def build_in(line: Line) -> str | None:
    """llama.cpp's build as `commit (number)`, as llama-bench prints it after its table."""
    if match := _BUILD.match(line.text):
        return f"{match[1]} ({match[2]})"
    if match := _BUILD_LOG.search(line.text):
        return f"{match[2]} ({match[1]})"
    return None


def shares(tensor_split: str) -> tuple[float, ...]:
    """Shares of a printed tensor split such as `3.00/1.00`; all zero: left to llama.cpp."""
    parts = [part for part in re.split(r"[/;,]", tensor_split) if part.strip()]
    try:
        return tuple(float(part) for part in parts)
    except ValueError:
        return ()


def layers_on_gpu(text: object) -> int | None:
    """`n_gpu_layers`; -1 and 99 both mean all."""
    return whole(text)


def last_build(paste: Paste, after: int) -> str | None:
    """The build printed first after a line."""
    return next((b for line in paste.lines[after:] if (b := build_in(line))), None)
