"""What this machine says of itself: its tools run with a time limit, files of /proc read, nothing changed, no root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from ..pasted import Paste, decoded, paste_of

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
    ("ps", "-eo", "args"),
    ("ollama", "ps"),
    ("system_profiler", "SPHardwareDataType", "SPDisplaysDataType"),
)
FILES = (Path("/proc/cpuinfo"), Path("/proc/meminfo"), Path("/proc/driver/nvidia/version"), Path("/proc/cmdline"))
SECONDS_A_COMMAND = 20.0
_MOST_FILE = 4 * 1024 * 1024

Run = Callable[[Sequence[str]], str | None]


def run(command: Sequence[str], seconds: float = SECONDS_A_COMMAND) -> str | None:
    """Standard output of a command, None where it is absent, fails or takes too long."""
    program = shutil.which(command[0])
    if program is None:
        return None
    environment = {**os.environ, "LC_ALL": "C", "LANG": "C"}
    try:
        done = subprocess.run(
            [program, *command[1:]],
            capture_output=True,
            timeout=seconds,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    output = decoded(done.stdout)
    return output if output.strip() and (done.returncode == 0 or command[0] == "lspci") else None


def texts(run_command: Run = run, files: Sequence[Path] = FILES) -> list[Paste]:
    """Outputs of the tools that this machine has, and its own files."""
    outputs = []
    for command in COMMANDS:
        output = run_command(command)
        if output:
            name = " ".join(command)
            outputs.append(paste_of(output if command[1:2] != ("topo",) else f"$ {name}\n{output}", name))
    return [*outputs, *_file_texts(files)]


def _file_texts(files: Sequence[Path]) -> list[Paste]:
    found = []
    for path in files:
        try:
            with path.open("rb") as opened:
                found.append(paste_of(decoded(opened.read(_MOST_FILE)), str(path)))
        except OSError:
            continue
    return found
