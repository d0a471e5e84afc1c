"""One line answered, in whatever process: knowledge is read once in each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import KnowledgeError, RigwiseError
from .lines import Form, Line

if TYPE_CHECKING:
    from ...reading import Knowledge

ERROR = "rigwise/batch-error/1"
REFUSAL = f'{{"schema":"{ERROR}"'
"""What a line of the output that tells of an error starts with."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is alike for all lines. home: where model files are looked for; digest: of the knowledge to answer with."""

    form: Form
    overlays: tuple[str, ...] = ()
    matcher: str | None = None
    home: str | None = None
    proofs: bool = True
    digest: str = ""


@lru_cache(maxsize=1)
def knowledge(overlays: tuple[str, ...]) -> Knowledge:
    """The knowledge of this process, read once."""
    from ...reading import load_knowledge

    return load_knowledge([Path(one) for one in overlays])


def answer(line: Line, setting: Setting) -> str:
    """The answer to a line, or the error it is, as one line of JSON.

    Raises KnowledgeError where this process has other knowledge than the one that asks.
    """
    known = knowledge(setting.overlays)
    if setting.digest and known.digest != setting.digest:
        raise KnowledgeError(
            "a worker has other knowledge than this machine", hint="install the same version, and the same directories"
        )
    try:
        document = _document(line, setting, known)
    except RigwiseError as error:
        document = refusal(line, error.message, error.where, error.hint, error.exit_code)
    except RecursionError:
        document = refusal(line, "the line is nested too deeply", None, None, 2)
    except Exception as error:  # one line must not end the run, whatever is wrong with it or with us
        told = f"a fault of rigwise itself: {type(error).__name__}: {error}"
        document = refusal(line, told, None, "please report it with this line", 3)
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _document(line: Line, setting: Setting, known: Knowledge) -> dict[str, Any]:
    from ...advice.recommend import Answer
    from .. import inputs
    from ..model_files import with_model_file

    asked = inputs.checked(setting.form.scenario(line))
    asked, known, told = with_model_file(asked, known, Path(setting.home) if setting.home else None)
    found = Answer(asked, known, setting.matcher, model_file=told).recommendation()
    return found if setting.proofs else {name: part for name, part in found.items() if name != "proofs"}


def refusal(line: Line, message: str, where: str | None, hint: str | None, code: int) -> dict[str, Any]:
    """The line of the output for a line that cannot be answered."""
    told: Mapping[str, Any] = {"message": message, "where": where, "hint": hint, "exit_code": code}
    return {"schema": ERROR, "line": line.number, "error": {name: one for name, one in told.items() if one is not None}}


def is_refusal(text: str) -> bool:
    """Whether a line of the output tells of an error."""
    return text.startswith(REFUSAL)
