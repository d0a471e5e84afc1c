"""The command line: commands of engine/asking/commands as click's, ended with one clean message and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING or not __package__:
    from engine.asking import commands, completion, outputs, readings
    from engine.asking.parameters import Argument, Command, Option
    from engine.errors import RigwiseError
else:
    from .engine.asking import commands, completion, outputs, readings
    from .engine.asking.parameters import Argument, Command, Option
    from .engine.errors import RigwiseError

INTERRUPTED = 130
"""The exit code of a program that SIGINT ended, as shells count: 128 and the signal's number."""
SCENARIO_FILES = (".yaml", ".yml")
KINDS: dict[str, Any] = {
    "text": str,
    "path": click.Path(path_type=Path),
    "file": click.Path(path_type=str),
    "integer": int,
    "number": float,
}


class Program(click.Group):
    """The commands by name, each made when it is asked for; no traceback leaves this class."""

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

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("rigwise: interrupted", err=True)
            sys.exit(INTERRUPTED)

    def list_commands(self, context: click.Context) -> list[str]:
        return list(commands.MODULES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return as_click(commands.load(name)) if name in commands.MODULES else None

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        if args and args[0] not in commands.MODULES and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], list(commands.MODULES), 3, 0.5)
            hint = f" Did you mean {' or '.join(near)}?" if near else " `rigwise --help` lists them."
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", context)
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in commands.SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, commands.load(name).help) for name in section])


class Words(click.Command):
    """A command whose `--from` takes all words up to the next flag or scenario file, as a shell writes `*.txt`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(context, _each_with_flag("--from", args))


def _each_with_flag(flag: str, args: list[str]) -> list[str]:
    """`--from A B` as `--from A --from B`."""
    spread: list[str] = []
    taking = False
    for place, word in enumerate(args):
        if word == "--":
            return [*spread, *args[place:]]
        own = place > 0 and args[place - 1] == flag
        more = taking and not own and (word == "-" or not word.startswith("-"))
        if more and not word.lower().endswith(SCENARIO_FILES):
            spread.append(flag)
        taking = word == flag or own or (more and spread[-1] == flag)
        spread.append(word)
    return spread


def as_click(command: Command) -> click.Command:
    """A command with its parameters as click knows them."""

    def run(**values: Any) -> None:
        sys.exit(command.run(**values))

    parameters: list[click.Parameter] = [
        _argument(one) if isinstance(one, Argument) else _option(one) for one in command.parameters
    ]
    example = "\n".join(f"  {line}" for line in command.example.splitlines())
    made = (
        Words
        if any(one.spelling == "--from" for one in command.parameters if isinstance(one, Option))
        else click.Command
    )
    return made(
        command.name,
        callback=run,
        params=parameters,
        help=f"{command.help}\n\n\b\nExample:\n{example}",
        short_help=command.help,
        context_settings=HELP,
    )


def _argument(one: Argument) -> click.Argument:
    settings: dict[str, Any] = {"shell_complete": partial(_keys, one.keys_of)} if one.keys_of else {}
    settings |= {"nargs": -1 if one.many else 1, "metavar": one.metavar}
    return click.Argument([one.name], required=one.required, type=KINDS[one.kind], **settings)


def _option(one: Option) -> click.Option:
    settings: dict[str, Any] = {"help": one.help or None, "multiple": one.many}
    if one.kind == "flag":
        settings |= {"is_flag": True, "default": one.default}
    else:
        settings |= {"type": _type(one), "default": one.default, "show_default": one.default is not None}
    if one.alone is not None:
        settings |= {"is_flag": False, "flag_value": one.alone}
    if one.keys_of:
        settings["shell_complete"] = partial(_keys, one.keys_of)
    return click.Option([one.spelling, *([one.name] if one.name else [])], **settings)


def _keys(kind: str, _context: click.Context, _parameter: click.Parameter, begun: str) -> list[Any]:
    """What a shell may complete a value with: keys of the knowledge, or files where a path is begun."""
    if completion.is_path(kind, begun):
        from click.shell_completion import CompletionItem

        return [CompletionItem(begun, type="file")]
    from_knowledge: list[str] = completion.keys(kind, begun)
    return from_knowledge


def _type(one: Option) -> Any:
    if one.choices:
        return click.Choice(one.choices)
    if one.range:
        made: Any = click.IntRange if one.kind == "integer" else click.FloatRange
        return made(*one.range)
    return KINDS[one.kind]


def _tell_version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        click.echo(f"rigwise {readings.version_text()}")
        context.exit()


HELP = {"help_option_names": ["-h", "--help"]}


@click.group(cls=Program, context_settings=HELP, invoke_without_command=True)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_tell_version,
    help="Show the version and exit.",
)
@click.option("--yes", is_flag=True, help="Without a command: detect, check and advise without asking.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    help="Without a command: text, or all three steps as one document.",
)
@click.pass_context
def main(context: click.Context, yes: bool, form: str) -> None:
    """What limits your GPU rig for LLM inference, what to change first, and why.

    \b
    Example:
      rigwise recommend --gpu 4x"RTX 3090" --engine vllm --model qwq-32b --quant fp8 --tensor 4
    """
    if context.invoked_subcommand is None:
        if not yes and form == "text":
            click.echo(context.get_help() + "\n")
        sys.exit(_quick_start(yes, form))
    if form != "text":
        raise click.UsageError(
            "--format before a command is for `rigwise` alone; write it behind the command.", context
        )


def _quick_start(yes: bool, form: str) -> int:
    """What `rigwise` alone does; a question is asked only on a terminal."""
    if TYPE_CHECKING or not __package__:
        from engine.asking.quick_start import quick_start, quick_start_code, quick_start_document
    else:
        from .engine.asking.quick_start import quick_start, quick_start_code, quick_start_document
    if form == "json":
        document = quick_start_document()
        outputs.show("quick_start", document, form)
        return int(quick_start_code(document))
    someone = sys.stdin.isatty() and sys.stdout.isatty()
    return int(quick_start(yes, partial(click.confirm, default=True) if someone else None))


def shell() -> None:
    """The program as a process: ends without taking its memory apart, which would take a tenth of its time."""
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    else:
        code = 0
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        code = code or 0
    os._exit(code)


if __name__ == "__main__":
    shell()
