"""The command line: arguments in, documents out. Nothing is decided or calculated here."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING or not __package__:
    from engine.asking import inputs, outputs, readings
    from engine.errors import BadInput, RigwiseError
else:
    from .engine.asking import inputs, outputs, readings
    from .engine.errors import BadInput, RigwiseError

Command = Callable[..., Any]


class Program(click.Group):
    """A group whose commands end with one clean message and an exit code, never with a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        gc.disable()  # one command, then the process ends: collecting on the way only costs time
        try:
            return super().main(*args, **kwargs)
        except RigwiseError as error:
            click.echo(f"rigwise: {error}", err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        except RecursionError:
            click.echo("rigwise: the input is nested too deeply", err=True)
            sys.exit(2)
        except Exception as error:  # the last net: a fault of ours must not look like an answer
            outputs.report_fault(error)
            sys.exit(3)


def _tell_version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        click.echo(f"rigwise {readings.version_text()}")
        context.exit()


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_tell_version,
    help="Show the version and exit.",
)
@click.pass_context
def main(context: click.Context) -> None:
    """What limits your GPU rig for LLM inference, what to change first, and why.

    \b
    Example:
      rigwise recommend --gpu 4x"RTX 3090" --engine vllm --model qwq-32b --quant fp8 --tensor 4
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        click.echo("\nDescribe a rig in one line:  rigwise recommend --gpu 2x3090 --model qwen3-32b --engine ollama")


def common(*formats: str) -> Callable[[Command], Command]:
    """The options every command has: format and overlays."""

    def add(command: Command) -> Command:
        command = click.option(
            "--knowledge",
            "overlays",
            multiple=True,
            type=click.Path(path_type=Path),
            help="A directory laid over the built-in knowledge; repeatable.",
        )(command)
        return click.option(
            "--format", "form", type=click.Choice(["text", "json", *formats]), default="text", show_default=True
        )(command)

    return add


def matcher(command: Command) -> Command:
    """The option of every command that infers."""
    return click.option(
        "--matcher", type=click.Choice(["durable", "clips"]), help="Inference engine; the answer is the same."
    )(command)


SHORT_FORM: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--gpu", {"multiple": True, "help": 'Cards, as 4x"RTX 3090"; repeatable for mixed rigs.'}),
    ("--nvlink", {"help": "Bonded pairs 0-1,2-3, or full, or none."}),
    ("--pcie", {"help": "Slots, as 4.0x16, or one for each card: 4.0x16,4.0x8."}),
    ("--p2p/--no-p2p", {"default": None, "help": "PCIe peer-to-peer works or does not."}),
    ("--driver", {"type": click.Choice(["stock", "p2p_patched"])}),
    ("--power-limit", {"help": "Watts of each card."}),
    ("--psu", {"help": "Watts of the power supply."}),
    ("--platform", {"help": "Board platform: am5, trx50, sp3 …"}),
    ("--ram-bandwidth", {"help": "GB/s of host memory."}),
    ("--nodes", {"help": "Machines."}),
    ("--network", {"help": "Gbit/s between machines."}),
    ("--model", {"help": "Model key or name."}),
    ("--quant", {"help": "Quantization of the weights."}),
    ("--kv", {"help": "Type of the KV cache."}),
    ("--engine", {"help": "ollama, llama_cpp, vllm …"}),
    ("--engine-version", {}),
    ("--engine-flag", {"multiple": True, "help": "A flag of the engine, such as --engine-flag=--enforce-eager."}),
    ("--tensor", {"help": "Tensor-parallel size."}),
    ("--pipeline", {"help": "Pipeline stages."}),
    ("--replicas", {"help": "Independent copies."}),
    ("--split-mode", {"type": click.Choice(["none", "layer", "row", "tensor", "graph"])}),
    ("--offload", {"type": click.Choice(["none", "experts_cpu", "layers_cpu"])}),
    ("--prompt", {"help": "Prompt tokens."}),
    ("--output", {"help": "Output tokens."}),
    ("--context", {"help": "Context tokens to make room for."}),
    ("--users", {"help": "Concurrent requests."}),
    ("--optimize", {"type": click.Choice(["latency", "throughput", "prefill", "capacity", "efficiency"])}),
    ("--budget", {"help": "USD that may be spent."}),
    ("--max-watts", {"help": "Watts that may be drawn."}),
    ("--price", {"multiple": True, "help": "A price of your own, as rtx_3090=650 or rtx_3090=600-700."}),
    ("--set", {"multiple": True, "help": "Any value of the scenario, as workload.users=4."}),
)  # fmt: skip


def scenario(command: Command) -> Command:
    """The scenario argument and the flags that mirror its fields."""
    for name, settings in reversed(SHORT_FORM):
        command = click.option(name, **settings)(command)
    return click.argument("scenario", required=False, type=click.Path(path_type=Path))(command)


@main.command()
@scenario
@matcher
@common("markdown")
@click.option("--save", type=click.Path(path_type=Path), help="Write the JSON answer to this file as well.")
def recommend(
    scenario: Path | None, matcher: str | None, form: str, overlays: tuple[Path, ...], save: Path | None, **flags: Any
) -> None:
    """Where the rig stands, what limits it, every option ranked or rejected, each with its proof.

    \b
    Example:
      rigwise recommend examples/4x3090_vllm.yaml
      rigwise recommend --gpu 2x3090 --engine ollama --model llama-3.3-70b --budget 500
    """
    answer = inputs.answer(scenario, flags, overlays, matcher)
    document = answer.recommendation(brief=form == "text" and save is None)
    if save:
        outputs.write(save, document)
    outputs.show("recommendation", document, form)
    sys.exit(outputs.verdict_code(document))


@main.command()
@scenario
@matcher
@common("markdown")
def estimate(scenario: Path | None, matcher: str | None, form: str, overlays: tuple[Path, ...], **flags: Any) -> None:
    """The numbers only: fit, memory of each card, speeds, latencies, power, with intervals.

    \b
    Example:
      rigwise estimate --gpu 4x3090 --model qwq-32b --quant fp8 --engine vllm --tensor 4
    """
    document = inputs.answer(scenario, flags, overlays, matcher).estimate_document()
    outputs.show("estimate", document, form)
    sys.exit(outputs.estimate_code(document))


@main.command()
@click.argument("identity", metavar="ID")
@scenario
@matcher
@common("markdown")
@click.option("--depth", type=click.IntRange(0, 64), default=6, show_default=True, help="Levels of the tree.")
@click.option("--all-proofs", is_flag=True, help="Every derivation, not only the shortest.")
def why(
    identity: str,
    scenario: Path | None,
    matcher: str | None,
    form: str,
    overlays: tuple[Path, ...],
    depth: int,
    all_proofs: bool,
    **flags: Any,
) -> None:
    """Proof tree of a conclusion, an option, a number (decode_tok_s, p7 …) of this scenario.

    \b
    Example:
      rigwise why decode_tok_s examples/4x3090_vllm.yaml --depth 3
    """
    answer = inputs.answer(scenario, flags, overlays, matcher)
    outputs.show("why", answer.why(identity, all_proofs=all_proofs), form, depth=depth)


@main.command("why-not")
@click.argument("identity", metavar="ID")
@scenario
@matcher
@common("markdown")
def why_not(
    identity: str, scenario: Path | None, matcher: str | None, form: str, overlays: tuple[Path, ...], **flags: Any
) -> None:
    """What held, the first condition that failed, observed against needed.

    \b
    Example:
      rigwise why-not nvlink_bridges examples/4x3090_vllm.yaml
    """
    answer = inputs.answer(scenario, flags, overlays, matcher)
    outputs.show("why_not", answer.why_not(identity), form)


@main.command()
@click.argument("result", type=click.Path(path_type=Path))
@common()
def verify(result: Path, form: str, overlays: tuple[Path, ...]) -> None:
    """Recompute every step of a saved recommendation without the inference engine.

    \b
    Example:
      rigwise recommend examples/4x3090_vllm.yaml --save result.json; rigwise verify result.json
    """
    document = inputs.verification(result)
    outputs.show("verification", document, form)
    sys.exit(0 if document["holds"] else 1)


@main.command()
@click.argument("identity", metavar="ID")
@common("markdown")
def rule(identity: str, form: str, overlays: tuple[Path, ...]) -> None:
    """A rule's mechanism, condition, evidence and examples, offline.

    \b
    Example:
      rigwise rule tensor_size
    """
    outputs.show("rule", inputs.rule(identity, overlays), form)


@main.command("list")
@click.argument("kind", required=False)
@common()
def list_(kind: str | None, form: str, overlays: tuple[Path, ...]) -> None:
    """The kinds of knowledge, or the entries of one kind.

    \b
    Example:
      rigwise list gpus
    """
    outputs.show("listing", inputs.listing(kind, overlays), form)


@main.command()
@click.argument("entry", metavar="KIND/KEY")
@common()
def show(entry: str, form: str, overlays: tuple[Path, ...]) -> None:
    """An entry of the knowledge: each value with its source, grade, marks and losing claims.

    \b
    Example:
      rigwise show gpus/rtx_3090
    """
    outputs.show("entry", inputs.entry(entry, overlays), form)


@main.command()
@click.argument("text")
@common()
def search(text: str, form: str, overlays: tuple[Path, ...]) -> None:
    """Entries of the knowledge whose key, name or alias holds a text.

    \b
    Example:
      rigwise search 3090
    """
    found = inputs.search(text, overlays)
    outputs.show("listing", found, form)
    if not found["entries"]:
        raise BadInput(f"nothing in the knowledge is named like '{text}'", hint="`rigwise list` shows the kinds")


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github", "sarif", "rdjson", "junit"]), default="text"
)
@click.option("--knowledge", "overlays", multiple=True, type=click.Path(path_type=Path), help="Checked as well.")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option("--fix", is_flag=True, help="Apply the repairs that are certain.")
def validate(paths: tuple[Path, ...], form: str, overlays: tuple[Path, ...], strict: bool, fix: bool) -> None:
    """Check knowledge files, folders or the whole knowledge: all problems at once, each with place and hint.

    \b
    Example:
      rigwise validate knowledge/gpus/rtx_3090.yaml
    """
    text, failed = readings.validation(paths, overlays, form, strict, fix)
    click.echo(text, nl=not text.endswith("\n"))
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("code")
def explain(code: str) -> None:
    """What a validation code means, why, and a bad and a good example.

    \b
    Example:
      rigwise explain Y010
    """
    click.echo(readings.explanation(code))


@main.command()
@click.option("--from", "sources", multiple=True, help="A file with tool output, or - for standard input; repeatable.")
@click.option("--gpu", multiple=True, help="Names of the cards in index order, where the output does not give them.")
@common()
def detect(sources: tuple[str, ...], gpu: tuple[str, ...], form: str, overlays: tuple[Path, ...]) -> None:
    """The rig section of a scenario, from this machine or from pasted tool output.

    \b
    Example:
      nvidia-smi -q -x > smi.xml; nvidia-smi topo -m > topo.txt; rigwise detect --from smi.xml --from topo.txt
    """
    document = readings.detection(sources, overlays, gpu)
    outputs.show("detection", document, form)
    sys.exit(0 if document["rig"] else 1)


@main.command()
@click.argument("files", nargs=-1, required=True)
@common()
def ingest(files: tuple[str, ...], form: str, overlays: tuple[Path, ...]) -> None:
    """Measurements out of benchmark outputs: llama-bench, vllm bench, nccl-tests and others, sniffed by content.

    \b
    Example:
      rigwise ingest bench.json all_reduce.txt
    """
    document = readings.ingestion(files, overlays)
    outputs.show("ingestion", document, form)
    sys.exit(0 if document["measurements"] else 1)


@main.command()
@click.option("--data", type=click.Path(path_type=Path), help="A CSV of measurements; the published ones without it.")
@click.option("--rows", type=click.Path(path_type=Path), help="Write a line for each measurement to this CSV.")
@matcher
@common()
def backtest(data: Path | None, rows: Path | None, matcher: str | None, form: str, overlays: tuple[Path, ...]) -> None:
    """Predict published measurements and say by how much, stratum by stratum.

    \b
    Example:
      rigwise backtest --format json --rows rows.csv
    """
    outputs.show("backtest", readings.backtest(data, rows, overlays, matcher), form)


if __name__ == "__main__":
    main()
