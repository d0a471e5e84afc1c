"""Plain scalars: what they mean, and the ones that YAML 1.1 and 1.2 readers read differently."""

from __future__ import annotations

import re

Scalar = bool | int | float | str | None

_CONSTANTS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_OLD_BOOLEAN = frozenset({"yes", "Yes", "YES", "on", "On", "ON"})
_OLD_NEGATION = frozenset({"no", "No", "NO", "off", "Off", "OFF"})
_LETTER = frozenset("yYnN")
# Compiled when a scalar comes that may be one of them: few do.
_BASE = r"[-+]?0(?:x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)\Z"
_ZEROS = r"[-+]?0[0-9_]+(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?\Z"
_SIXTY = r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z"
_UNDERSCORES = r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?\Z|[-+]?[0-9]*\.[0-9]*_[0-9_]*\Z"
_THOUSANDS = r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?\Z"
_NOT_FINITE = r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?\Z"
_MAYBE_SPECIAL = frozenset("-+.0123456789")
_WORDS = frozenset("yYnNoO=<")
_DIGITS_OF_64_BITS = 19


class Ambiguous(Exception):
    """The scalar means different things to different readers. hint: how to write it."""

    def __init__(self, message: str, hint: str, sure: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint, self.sure = message, hint, sure


def plain_scalar(text: str) -> Scalar:
    """Value of a plain scalar: YAML 1.2 core, of which dates stay text. Raises Ambiguous."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    first = text[0]
    if first in _MAYBE_SPECIAL:
        return _numeric(text)
    if first in _WORDS:
        _refuse_word(text)
    return text


def _numeric(text: str) -> Scalar:
    if _INTEGER.match(text):
        return _integer(text)
    if _FLOAT.match(text):
        return _float(text)
    _refuse_number(text)
    return text


def _integer(text: str) -> int:
    if len(text.lstrip("+-")) <= _DIGITS_OF_64_BITS:
        value = int(text)
        if -(2**63) <= value < 2**63:
            return value
    raise Ambiguous(
        f"the integer {_short(text)} does not fit in 64 bits", "check the digits, or write a float: 1.0e+20"
    )


def _float(text: str) -> float:
    value = float(text) if len(text) <= 400 else float("inf")
    if value in (float("inf"), float("-inf")):
        raise Ambiguous(f"the number {_short(text)} is too large or too long for a float", "check the exponent")
    return value


def _refuse_word(text: str) -> None:
    if text in _OLD_BOOLEAN or text in _OLD_NEGATION:
        value = "true" if text in _OLD_BOOLEAN else "false"
        raise Ambiguous(
            f"plain `{text}` is a boolean to YAML 1.1 readers (PyYAML reads {value}) and a string to YAML 1.2 readers",
            f'write {value}, or quote it: "{text}"',
        )
    if text in _LETTER:
        raise Ambiguous(
            f"plain `{text}` is a boolean to some YAML readers", f'write true or false, or quote it: "{text}"'
        )
    if text in ("=", "<<"):
        raise Ambiguous(
            f"plain `{text}` has a meaning of its own to YAML 1.1 readers", f'quote it: "{text}"', f'"{text}"'
        )


def _refuse_number(text: str) -> None:
    shown = _short(text)
    if re.match(_NOT_FINITE, text):
        raise Ambiguous(
            f"`{shown}` is not a number that can be compared", "leave the field out where the value is unknown"
        )
    if re.match(_BASE, text):
        raise Ambiguous(f"readers disagree on `{shown}` (hexadecimal, octal, binary or text)", _decimal_hint(text))
    if re.match(_ZEROS, text):
        raise Ambiguous(
            f"readers disagree on `{shown}`: a leading zero makes it octal, decimal or text",
            f'write {text.replace("_", "").lstrip("+-0") or 0}, or quote it: "{shown}"',
        )
    if re.match(_SIXTY, text):
        raise Ambiguous(f"YAML 1.1 readers take `{shown}` for a number in base 60", f'quote it: "{shown}"', f'"{text}"')
    if re.match(_UNDERSCORES, text):
        bare = text.replace("_", "")
        raise Ambiguous(f"`{shown}` is a number to some readers and text to others", f"write {_short(bare)}", bare)
    if re.match(_THOUSANDS, text):
        bare = text.replace(",", "")
        raise Ambiguous(f"`{shown}` is text, not a number", f'write {_short(bare)}, or quote it: "{shown}"')


def _decimal_hint(text: str) -> str:
    try:
        return f'write {int(text.replace("_", ""), 0)}, or quote it: "{_short(text)}"'
    except ValueError:
        return f'quote it: "{_short(text)}"'


def key_is_text(text: str) -> bool:
    """Whether a plain key is text to every reader."""
    if text in _CONSTANTS or text in _OLD_BOOLEAN or text in _OLD_NEGATION:
        return False
    if text[0] not in _MAYBE_SPECIAL:
        return text != "="
    if re.match(_DATE, text):
        return False
    try:
        return isinstance(_numeric(text), str)
    except Ambiguous:
        return False


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:20]}… ({len(text)} characters)"
