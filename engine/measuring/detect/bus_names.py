"""What lspci calls a card: maker, name in brackets, device number where its list of names is too old.

Such a number is looked up in knowledge/pci_ids.yaml. Source: lspci(8); the PCI ID Repository, which writes the chip
first and the cards in brackets behind it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

Ids = Mapping[str, Mapping[str, str]]
"""By maker, what the bus calls its devices by number."""


class _Maker(NamedTuple):
    """Who makes cards that compute. marks: its name or number in a line; built_in: names of graphics of a processor.

    on_first_bus: whether graphics of its processors sit on the first bus, where no slot is.
    """

    vendor: str
    name: str
    marks: re.Pattern[str]
    built_in: re.Pattern[str] | None = None
    on_first_bus: bool = False


_MAKERS = (
    _Maker("nvidia", "NVIDIA", re.compile(r"\bNVIDIA\b|\b10de:", re.IGNORECASE)),
    _Maker(
        "amd",
        "AMD",
        re.compile(r"\bAMD\b|Advanced Micro|\b1002:"),
        # The code name alone, or Radeon without the number of a card.
        re.compile(
            r"^[^\[]+$|\[(?:AMD )?Radeon(?:\(TM\))? (?:Graphics|Vega [SM].*|\d{3}M\b.*|HD \d.*|R\d\b.*)\]$|Custom GPU"
        ),
    ),
    _Maker("intel", "Intel", re.compile(r"\bIntel\b|\b8086:"), on_first_bus=True),
)
_NUMBER = re.compile(r"(?:\bDevice |\b(?:10de|1002|8086):)([0-9a-f]{4})\b", re.IGNORECASE)
_NO_NAME = re.compile(r"\bDevice(?: [0-9a-f]{4}\b|$)|^$|\b[0-9a-f]{4}:[0-9a-f]{4}\b", re.IGNORECASE)
_BEHIND = re.compile(
    r"\s*(?:\[[0-9a-f]{4}:[0-9a-f]{4}\]\s*)?(?:\(rev [^)]*\)\s*)?(?:\(prog-if [^)]*\)\s*)?$", re.IGNORECASE
)
_COMPANY = re.compile(r"^.*?(?:Corporation|Inc\.)\s*(?:\[AMD/ATI\]\s*)?", re.IGNORECASE)
_BRACKET = re.compile(r"\[([^\]]+)\]$")
_ADVICE = "`sudo update-pciids` brings newer names"
_FIRST_BUS = "0000:00:"


class OnTheBus(NamedTuple):
    """A display of a maker whose cards compute. name: None where lspci knows the number only.

    aside: why it is not counted as a card, or has no name; for people.
    """

    vendor: str
    name: str | None
    counts: bool
    aside: str | None


def on_the_bus(text: str, bus: str | None, ids: Ids) -> OnTheBus | None:
    """A display as lspci writes it behind its class; None for those of other makers, which compute nothing here."""
    maker = next((one for one in _MAKERS if one.marks.search(text)), None)
    if maker is None:
        return None
    plain = _COMPANY.sub("", _BEHIND.sub("", text)).strip()
    where = f"{maker.name} at {bus or 'an address that is not told'}"
    if _NO_NAME.search(plain):
        number = _NUMBER.search(text)
        known = ids.get(maker.vendor, {}).get(number[1].lower()) if number else None
        if known is None:
            told = f"device {number[1].lower()} of {where}" if number else f"a device of {where}"
            return OnTheBus(maker.vendor, None, True, f"lspci has no name for {told}: {_ADVICE}")
        plain = known
    name = _card_of(plain)
    if _in_a_processor(maker, plain, bus):
        return OnTheBus(
            maker.vendor, name, False, f"{name} of {where}: graphics of the processor, not counted as a card"
        )
    if "/" in name:
        return OnTheBus(maker.vendor, None, True, f"a card of {where} is one of {name}, which share a number")
    return OnTheBus(maker.vendor, name, True, None)


_ATI = re.compile(r"AMD/ATI|\b1002:")
"""AMD's cards; its processors and chipsets have another number of maker."""


def maker_of_switch(text: str) -> str | None:
    """Whose switch a bridge is, if it is of one who makes cards: such a switch sits on the card."""
    maker = next((one.vendor for one in _MAKERS if one.marks.search(text)), None)
    return None if maker == "amd" and not _ATI.search(text) else maker


def named_by_number(vendor: str, number: str, ids: Ids) -> str | None:
    """The card with a device number of a maker; None where it is not known, or several share it."""
    name = cards_of_number(vendor, number, ids)
    return name if name and "/" not in name else None


def cards_of_number(vendor: str, number: str, ids: Ids) -> str | None:
    """The card, or the cards, with a device number of a maker."""
    known = ids.get(vendor, {}).get(number.lower().removeprefix("0x"))
    return _card_of(known) if known else None


def of_a_processor(vendor: str, number: str, ids: Ids) -> bool:
    """Whether a device number of a maker is that of graphics in a processor."""
    known = ids.get(vendor, {}).get(number.lower().removeprefix("0x"), "")
    maker = next((one for one in _MAKERS if one.vendor == vendor), None)
    return bool(known) and maker is not None and _in_a_processor(maker, known, None)


def _card_of(plain: str) -> str:
    """The card of chip and cards; where no card is told, the chip."""
    bracket = _BRACKET.search(plain)
    return bracket[1].partition(" / Max-Q")[0].strip() if bracket else plain


def _in_a_processor(maker: _Maker, plain: str, bus: str | None) -> bool:
    if maker.on_first_bus and str(bus).startswith(_FIRST_BUS):
        return True
    return maker.built_in is not None and maker.built_in.search(plain) is not None
