"""What this machine says of itself: its tools run with a time limit, files of /proc read, nothing changed, no root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..pasted import Paste, decoded, paste_of
from .seen import Refused

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("nvidia-smi", "-q", "-x"),
    ("nvidia-smi", "topo", "-m"),
    ("nvidia-smi", "topo", "-p2p", "rw"),
    ("nvidia-smi", "nvlink", "--status"),
    ("lspci", "-vv"),
    ("numactl", "-H"),
    ("lscpu",),
    ("rocm-smi", "--showproductname", "--showmeminfo", "vram", "--showmaxpower", "--showbus", "--json"),
    ("rocm-smi", "--showtopo"),
    ("amd-smi", "static", "--json"),
    ("xpu-smi", "discovery", "-j"),
    ("ps", "-eo", "args"),
    ("ollama", "ps"),
    ("system_profiler", "SPHardwareDataType", "SPDisplaysDataType"),
)
FILES = (Path("/proc/cpuinfo"), Path("/proc/meminfo"), Path("/proc/driver/nvidia/version"), Path("/proc/cmdline"))
ABOUT_CARDS = {
    "nvidia-smi": "nvidia",
    "rocm-smi": "amd",
    "amd-smi": "amd",
    "xpu-smi": "intel",
    "system_profiler": "apple",
}
"""Programs whose failure is told, and whose cards they show: others fail where there is nothing to say."""
ABOUT_LINKS = frozenset(
    {"nvidia-smi topo -m", "nvidia-smi topo -p2p rw", "nvidia-smi nvlink --status", "rocm-smi --showtopo"}
)
"""Questions that some machines cannot answer though the driver shows every card: WSL, guests, cards without NVLink."""
SECONDS_A_COMMAND = 10.0
_SECONDS_TO_DIE = 0.5
_MOST_FILE = 4 * 1024 * 1024
_MOST_SAID = 300
_MOST_LINES_OF_WORDS = 10
"""Longer is what a tool has to say of the cards that it reached, before it failed on another."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a command: its output, and why that is not all. Both are absent where the program is."""

    output: str | None = None
    failure: str | None = None
    hung: bool = False


Run = Callable[[Sequence[str]], Said]


def run(command: Sequence[str], seconds: float = SECONDS_A_COMMAND) -> Said:
    """Standard output of a command; its exit status and last words where it fails, the wait [s] where it hangs."""
    program = shutil.which(command[0])
    if program is None:
        return Said()
    try:
        done = subprocess.Popen(
            [program, *command[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C", "LANG": "C"}, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return Said(failure=f"cannot be started: {error.strerror}")
    try:
        written, complaint = done.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(done)
        return Said(failure=f"gave no answer within {seconds:g} s", hung=True)
    output = decoded(written)
    if output.strip() and (done.returncode == 0 or command[0] == "lspci"):
        return Said(output)
    if done.returncode == 0:
        return Said()
    kept = output if output.count("\n") > _MOST_LINES_OF_WORDS else None
    return Said(kept, f"failed with exit status {done.returncode}{_last_words(decoded(complaint), output)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started, without waiting for one that is stuck in the driver."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS_TO_DIE)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _last_words(complaint: str, output: str) -> str:
    """What a tool wrote before it failed, on one line: its complaint, else the end of its output."""
    lines = [line.strip() for line in (complaint.strip() or output).splitlines() if line.strip()]
    said = " ".join(lines[-_MOST_LINES_OF_WORDS:])
    return f": {said[-_MOST_SAID:]}" if said else ""


def texts(run_command: Run = run, files: Sequence[Path] = FILES) -> tuple[list[Paste], list[Refused]]:
    """Outputs of the tools that this machine has and its own files, and what failed of the tools that show cards."""
    outputs: list[Paste] = []
    failed: list[Refused] = []
    hung: set[str] = set()
    for command in COMMANDS:
        if command[0] in hung:
            continue
        said, name = run_command(command), " ".join(command)
        if said.output:
            outputs.append(paste_of(said.output if command[1:2] != ("topo",) else f"$ {name}\n{said.output}", name))
        if said.failure and command[0] in ABOUT_CARDS:
            failed.append(Refused(said.failure, name))
        if said.hung:
            hung.add(command[0])
    return [*outputs, *_file_texts(files)], _once(failed)


def hides_cards(failure: Refused, makers: Collection[object]) -> bool:
    """Whether a tool's failure may hide cards: not of a question about links, nor where all cards are of others.

    makers: of the cards that were seen.
    """
    maker = ABOUT_CARDS.get(failure.where.split()[0])
    return failure.where not in ABOUT_LINKS and (not makers or maker in makers)


def _once(failed: Sequence[Refused]) -> list[Refused]:
    """Of a program that fails with the same words for every question, the first."""
    first = {(one.where.split()[0], one.reason): one for one in reversed(failed)}
    return [one for one in failed if one in first.values()]


def _file_texts(files: Sequence[Path]) -> list[Paste]:
    found = []
    for path in files:
        try:
            with path.open("rb") as opened:
                found.append(paste_of(decoded(opened.read(_MOST_FILE)), str(path)))
        except OSError:
            continue
    return found
