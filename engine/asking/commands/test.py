"""`test`: the examples inside rules, the scenario suite, and mutants of the rules."""

from __future__ import annotations

import gc
from pathlib import Path

from .. import outputs
from ..parameters import MATCHER, OVERLAYS, Argument, Command, Option, formats
from ..progress import Line


def run(
    paths: tuple[Path, ...], rules: tuple[str, ...], mutate: bool, write: bool, matcher: str | None, form: str,
    overlays: tuple[Path, ...],
) -> int:  # fmt: skip
    """Run what was selected. 1 where an example fails or a mutant survives."""
    from ...testing.drafting import write_examples
    from ...testing.report import failed
    from ...testing.report import run as run_tests
    from ...testing.selection import select
    from ..inputs import refuse_broken

    gc.enable()  # mutants come by the thousand
    refuse_broken(overlays)
    with Line() as line:
        if write:
            for told in write_examples(select(paths, overlays, rules), line.at):
                outputs.note(told)
        document = run_tests(select(paths, overlays, rules), matcher, mutate or write, line.at)
    outputs.show("test", document, form)
    return 1 if failed(document) else 0


COMMAND = Command(
    "test",
    help="Run the examples inside rules and the scenario files; with --mutate, find what no example would notice.",
    example="rigwise test\nrigwise test knowledge/rules/links.yaml --mutate",
    parameters=(
        Argument("paths", kind="path", required=False, many=True),
        Option("--rule", "Only this rule; repeatable.", name="rules", many=True),
        Option("--mutate", "Change each rule in small ways; some example must notice.", kind="flag", default=False),
        Option("--write", "Add examples that kill the survivors to the rule files.", kind="flag", default=False),
        MATCHER,
        formats("junit"),
        OVERLAYS,
    ),
    run=run,
)
