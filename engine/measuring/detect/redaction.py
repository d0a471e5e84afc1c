"""Takes out of a text what names a machine or its owner: serials, UUIDs, host and user names, addresses."""

from __future__ import annotations

import re

_SERIALS = (
    r"[\w ]*Serial(?: Number)?|ASIC_SERIAL|PRODUCT_SERIAL|Unique ID|Hardware UUID|Provisioning UDID|Board ID|GPU UUID"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(GPU|MIG)-[0-9a-fA-F]{8}-[0-9a-fA-F-]{4,40}\b"), r"\1-<redacted>"),
    (re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"), "<redacted>"),
    (re.compile(rf"(?im)^(\s*(?:{_SERIALS})\s*[:=]\s*).*$"), r"\1<redacted>"),
    (re.compile(r"(?i)(<(?:serial|uuid|\w+_serial(?:_number)?)>)[^<]*(<)"), r"\1<redacted>\2"),
    (re.compile(r"(?i)(\"(?:serial|uuid|unique id|serial number|guid)\"\s*:\s*\")[^\"]*(\")"), r"\1<redacted>\2"),
    (re.compile(r"(Pid\s+\d+\s+on\s+)\S+"), r"\1<host>"),
    (re.compile(r"(?m)^(\W{0,3})[\w.-]+@[\w.-]+(?=[:\s~])"), r"\1<user>@<host>"),
    (re.compile(r"(/home/|/Users/|\\Users\\)[^/\\\s]+"), r"\1<user>"),
    (re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", re.IGNORECASE), "<address>"),
    (re.compile(r"\b(?!127\.|0\.)(?:\d{1,3}\.){3}\d{1,3}\b(?!\.\d)"), "<address>"),
)  # fmt: skip


def redacted(text: str) -> str:
    """The text without serials, UUIDs, host and user names and addresses."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
