"""What commands can be asked with: arguments and options as data, which the command line turns into its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

Kind = Literal["text", "path", "file", "integer", "number", "flag"]


class Argument(NamedTuple):
    """A word after the command. many: any number of them, as a tuple. keys_of: what a shell may complete it with.

    A value of kind `file` stays the text that it is, `-` too; a shell completes it with files.
    """

    name: str
    metavar: str | None = None
    kind: Kind = "text"
    required: bool = True
    many: bool = False
    keys_of: str | None = None


class Option(NamedTuple):
    """A flag. spelling: as typed, `--p2p/--no-p2p` for yes and no. name: what the value is called; many: repeatable.

    keys_of: the kind of knowledge whose keys a shell may complete it with. alone: the value where the flag has none.
    """

    spelling: str
    help: str = ""
    name: str | None = None
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    many: bool = False
    default: Any = None
    range: tuple[float | None, float | None] | None = None
    keys_of: str | None = None
    alone: str | None = None


class Command(NamedTuple):
    """A command: what it says of itself, what it takes, and what it runs. run returns the exit code."""

    name: str
    help: str
    example: str
    parameters: tuple[Argument | Option, ...]
    run: Callable[..., int]


OVERLAYS = Option(
    "--knowledge", "A directory laid over the built-in knowledge; repeatable.", name="overlays", kind="path", many=True
)
MATCHER = Option("--matcher", "Inference engine; the answer is the same.", choices=("durable", "clips"))

SCENARIO: tuple[Argument | Option, ...] = (
    Argument("scenario", kind="path", required=False),
    Option("--gpu", 'Cards, as 4x"RTX 3090"; repeatable for mixed rigs.', many=True, keys_of="gpus"),
    Option("--nvlink", "Bonded pairs 0-1,2-3, or full, or none."),
    Option("--pcie", "Slots, as 4.0x16, or one for each card: 4.0x16,4.0x8."),
    Option("--p2p/--no-p2p", "PCIe peer-to-peer works or does not.", kind="flag"),
    Option("--driver", choices=("stock", "p2p_patched")),
    Option("--power-limit", "Watts of each card: 350, or one for each card: 350,280."),
    Option("--psu", "Watts of the power supply."),
    Option("--platform", "Board platform: am5, trx50, sp3 …", keys_of="platforms"),
    Option("--ram-bandwidth", "GB/s of host memory."),
    Option("--nodes", "Machines."),
    Option("--network", "Gbit/s between machines."),
    Option("--network-transport", "How the network carries it: tcp or rdma."),
    Option("--model", "Model key or name, or a path: config.json, its folder, .gguf.", keys_of="models"),
    Option("--quant", "Quantization of the weights.", keys_of="quantizations"),
    Option("--kv", "Type of the KV cache.", keys_of="quantizations"),
    Option("--engine", "ollama, llama_cpp, vllm …", keys_of="engines"),
    Option("--engine-version"),
    Option("--engine-flag", "A flag of the engine, such as --engine-flag=--enforce-eager.", many=True),
    Option("--tensor", "Tensor-parallel size."),
    Option("--pipeline", "Pipeline stages."),
    Option("--replicas", "Independent copies."),
    Option("--split-mode", choices=("none", "layer", "row", "tensor", "graph")),
    Option("--offload", choices=("none", "experts_cpu", "some_experts_cpu", "layers_cpu")),
    Option("--prompt", "Prompt tokens."),
    Option("--output", "Output tokens."),
    Option("--context", "Context tokens to make room for."),
    Option("--users", "Concurrent requests."),
    Option("--optimize", choices=("latency", "throughput", "prefill", "capacity", "efficiency")),
    Option("--budget", "USD that may be spent."),
    Option("--max-watts", "Watts that may be drawn."),
    Option("--price", "A price of your own, as rtx_3090=650 or rtx_3090=600-700.", many=True),
    Option("--set", "Any value of the scenario, as workload.users=4.", many=True),
)


def formats(*more: str) -> Option:
    """The option that says how the answer is written: text and json, and what else the command knows."""
    return Option("--format", name="form", choices=("text", "json", *more), default="text")


ABOUT_ONE = (Argument("identity", "ID"), *SCENARIO, MATCHER, formats("markdown"), OVERLAYS)
"""What a command takes that asks about one conclusion, option or number of a scenario."""
