"""The two YAML parsers: libyaml's where PyYAML was built with it, and the pure one."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner


class PURE(Reader, Scanner, Parser):
    """PyYAML's parser in Python, without composer and constructor."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def _fast() -> Any:
    if not yaml.__with_libyaml__:
        return PURE
    from yaml import cyaml

    return vars(cyaml)["CParser"]


FAST = _fast()
