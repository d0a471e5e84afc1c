"""What the keys of a plan are called, and the pages that its prices are from."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..advice.glossary import KEPT

if TYPE_CHECKING:
    from ..reading import Knowledge

FOLDERS = ("engines", "gpus", "models", "platforms", "prices", "quantizations")
KEY = re.compile(r"[a-z0-9_]+")
PRICED = re.compile(r"^Price of (?:an? )?")


def names(document: Mapping[str, Any], knowledge: Knowledge) -> dict[str, dict[str, str]]:
    """Names by folder and key, of every key that a document speaks of. Of what is priced the name is the item's."""
    spoken = set(KEY.findall(json.dumps(document)))
    return {
        folder: _apart({
            key: PRICED.sub("", str(entry.get("name", key))) for key, entry in sorted(knowledge.entries[folder].items())
            if key in spoken and not (folder == "prices" and key in knowledge.entries["gpus"])
        })
        for folder in FOLDERS
    }  # fmt: skip


def _apart(names: Mapping[str, str]) -> dict[str, str]:
    """Names that differ in a remark in brackets alone, without the brackets: pages leave remarks out.

    >>> _apart({"m3": "M3 (40-core)", "m3_small": "M3 (30-core)", "gb10": "GB10 (Spark)"})
    {'m3': 'M3 40-core', 'm3_small': 'M3 30-core', 'gb10': 'GB10 (Spark)'}
    """
    bare = Counter(name.partition(" (")[0] for name in names.values())
    return {
        key: name if bare[name.partition(" (")[0]] == 1 else name.replace(" (", " ").replace(")", "")
        for key, name in names.items()
    }


def references(document: Mapping[str, Any], knowledge: Knowledge) -> dict[str, dict[str, str]]:
    """Each source that a price names: title, publisher, address and dates."""
    keys = {key for price in document["prices"] for key in price["sources"]}
    known = knowledge.entries["sources"]
    return {
        key: {part: str(known[key][part]) for part in KEPT if known[key].get(part)} for key in sorted(keys & {*known})
    }
