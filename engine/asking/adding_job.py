"""One `add` from start to end: fields gathered, files written together, checked, and taken back where wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ..checking import level
from ..checking.nearest import did_you_mean
from ..errors import BadInput
from ..paths import KNOWLEDGE
from ..reading import Knowledge, load_knowledge
from . import adding
from .checking_files import checked_files
from .writing import list_item

_NO_EXCUSE = frozenset({"P306", "P308", "P323", "X216"})
"""Warnings with which a new file need not begin: odd prices, days ahead, values out of order, replaced entries."""
_URL = re.compile(r"https?://[^\s]+\Z")


class Job:
    """kind: as typed. name: of the entry; for a price the item, for rules and claims the id."""

    def __init__(self, kind: str, name: str, key: str | None, home: Path, today: date) -> None:
        self.folder, self.name, self.home, self.today = adding.folder_of(kind), name.strip(), home, today
        self.key = key or adding.key_of(name)
        if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", self.key):
            raise BadInput(f"'{self.key[:60]}' cannot be a key", hint=f"write --key {adding.key_of(self.key)}")
        self.schema = adding.schema_of(self.folder)
        self.values: dict[str, Any] = {}
        self.texts: dict[Path, str] = {}
        self.remarks: list[str] = []
        self.source = "recalled"

    @property
    def knowledge(self) -> Knowledge:
        """What is known already, the directory that is written to included."""
        built_in = (self.home / "rules").is_dir() and (self.home / "vocabulary.yaml").is_file()
        if built_in:
            return load_knowledge(base=self.home.resolve())
        return load_knowledge([self.home] if self.home.is_dir() and any(self.home.iterdir()) else [])

    def give(self, settings: Sequence[str], aliases: Sequence[str]) -> None:
        """Take the fields that were given."""
        if self.folder == "prices":
            row = {"properties": self.schema["properties"]["prices"]["items"]["properties"]}
            own = {**self.schema["properties"], **row["properties"]}
            self.values = adding.values_of(settings, {"properties": own, "additionalProperties": False})
        else:
            self.values = adding.values_of(settings, self.schema)
        if aliases:
            self.values["aliases"] = list(aliases)

    def cite(self, source: str | None, url: str | None, publisher: str | None, kind: str) -> None:
        """Take the source: one that is known, or a new one. Raises BadInput."""
        if source and url:
            raise BadInput(
                "--source and --source-url are both given", hint="give the key of a known source, or a new address"
            )
        if source:
            known = self.knowledge.entries["sources"]
            if source not in known:
                hint = did_you_mean(source, known, "`rigwise search` finds sources; --source-url makes a new one")
                raise BadInput(f"no source is called '{source[:80]}'", hint=hint)
            self.source = source
        elif url:
            self._new_source(url, publisher, kind)
        elif self.folder not in ("sources", "rules", "options", "comparisons", "measurements", "claims"):
            self.remarks.append(
                "No source was given: replace `recalled` by the key of one, or add it with --source-url."
            )

    def _new_source(self, url: str, publisher: str | None, kind: str) -> None:
        if not _URL.match(url):
            raise BadInput(f"'{url[:80]}' is no address", hint="it starts with https:// and holds no spaces")
        if not publisher:
            raise BadInput("the publisher of the new source is not given", hint='add --publisher "NVIDIA"')
        known = {str(entry.get("url")): key for key, entry in self.knowledge.entries["sources"].items()}
        if url in known:
            self.source = known[url]
            return
        self.source = adding.key_of(f"{publisher} {self.key}")[:80]
        path = self.home / "sources" / f"{self.source}.yaml"
        values = adding.source_values(url, publisher, f"{self.name}, {publisher}", kind, self.today)
        self.texts[path] = adding.entry_text("sources", values, adding.modeline("sources", path), [])

    def complete(self, ask: adding.Ask | None) -> None:
        """Fill in what follows, ask for the rest where somebody can answer. Raises BadInput with what is missing."""
        self._fill()
        lacking = self._lacking()
        if lacking and ask:
            self.give_more(list(adding.asked(lacking, ask)))
            lacking = self._lacking()
        if lacking:
            told = "\n        ".join(f"--set {name}=…" + (f"   {about}" if about else "") for name, about in lacking)
            raise BadInput(f"a {self.folder.removesuffix('s')} needs more fields", hint=f"add\n        {told}")
        self._lay_out()

    def give_more(self, settings: Sequence[str]) -> None:
        """Take further fields beside those that are there."""
        before = self.values
        self.give(settings, ())
        self.values = {**before, **self.values}

    def _fill(self) -> None:
        own = self.schema["properties"]
        defaults: dict[str, Any] = {"schema": 1, "aliases": [], "sources": [self.source]}
        if self.folder == "sources":
            defaults |= {"title": self.name, "retrieved": self.today.isoformat()}
        elif self.folder in adding.LISTS or self.folder == "measurements":
            defaults = {"id": self.name if self.folder != "rules" else self.key}
            if self.folder == "rules" and self.source != "recalled":
                defaults["evidence"] = [self.source]
        elif self.folder == "prices":
            entry = self.knowledge.entries["gpus"].get(self.key)
            if not entry and "item" not in self.values:
                self._refuse_unknown_item()
            defaults |= {"name": f"Price of {entry['name'] if entry else self.name}", "currency": "USD", "unit": "each"}
            defaults |= {"of": self.key} if entry else {"item": self.key}
            self.values.setdefault("date", self.today.isoformat())
        else:
            defaults["name"] = self.name
        if self.source == "recalled" and self.folder in ("gpus", "models", "platforms", "engines", "quantizations"):
            defaults["mark"] = "uncertain"
        self.values = {**{name: value for name, value in defaults.items() if name in own}, **self.values}

    def _refuse_unknown_item(self) -> None:
        """Raise BadInput for a price of something that neither is a card nor has a price or an option that asks it."""
        entries = self.knowledge.entries
        priced = {str((option.get("cost") or {}).get("price")) for option in entries["options"].values()}
        known = {*entries["gpus"], *entries["prices"], *priced}
        if self.key not in known:
            hint = did_you_mean(self.key, known, "`rigwise list prices` shows what has one")
            raise BadInput(
                f"nothing is called '{self.key}' that a price could be of",
                hint=f"{hint} For a thing of another sort add --set item={self.key}",
            )

    def _lacking(self) -> list[tuple[str, str]]:
        if self.folder == "prices":
            row = self.schema["properties"]["prices"]["items"]["required"]
            return [(name, "") for name in row if name not in self.values and name != "source"]
        if self.folder == "measurements":
            return [(name, "") for name in self.schema["required"] if name not in self.values]
        return adding.missing(self.folder, self.values)

    def _lay_out(self) -> None:
        """The text of each file that is written."""
        if self.folder == "measurements":
            path = self.home / "measurements" / "own.csv"
            text = path.read_text("utf-8") if path.is_file() else ""
            self.texts[path] = adding.table_text(text, self.values, list(self.schema["properties"]))
            return
        stem = adding.LISTS.get(self.folder, self.key)
        path = self.home / self.folder / f"{stem}.yaml"
        old = path.read_text("utf-8") if path.is_file() else None
        line = adding.modeline(self.folder, path)
        if self.folder in adding.LISTS:
            self.texts[path] = (
                adding.with_item(old, self.values, None) if old else "\n".join([line, *list_item(self.values), ""])
            )
        elif self.folder == "prices":
            row = adding.price_row(self.values, self.source)
            fresh = adding.entry_text(self.folder, {**self.values, "prices": [row]}, line, self.remarks)
            self.texts[path] = adding.with_item(old, row, "prices") if old else fresh
        elif old is not None:
            raise BadInput("the entry is there already", where=path.as_posix(), hint="edit it, or give another --key")
        else:
            self.texts[path] = adding.entry_text(self.folder, self.values, line, self.remarks)

    def done(self, *, write: bool) -> dict[str, Any]:
        """The document of schemas/output/added.schema.json; files with errors are taken back.

        Without `write` the files are checked and taken back in any case.
        """
        before = {path: path.read_bytes() if path.is_file() else None for path in self.texts}
        made = [folder for path in self.texts for folder in (path.parent, path.parent.parent) if not folder.exists()]
        try:
            for path, text in self.texts.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
            report = checked_files(list(self.texts), base=self.home if _whole(self.home) else KNOWLEDGE)
        except OSError as error:
            _take_back(before, made)
            raise BadInput(f"cannot be written: {error.strerror}", where=str(error.filename)) from None
        errors = [one for one in report if level(one) == "error" or one.code in _NO_EXCUSE]
        if errors or not write:
            _take_back(before, made)
        return {
            "schema": "rigwise/added/1",
            "written": write and not errors,
            "files": [{"path": path.as_posix(), "text": text} for path, text in self.texts.items()],
            "errors": [_told(one) for one in errors],
            "warnings": [_told(one) for one in report if one not in errors],
        }


def _whole(home: Path) -> bool:
    return (home / "rules").is_dir() and (home / "vocabulary.yaml").is_file()


def _told(one: Any) -> dict[str, str]:
    return {"code": one.code, "place": str(one.place), "message": one.message, "hint": one.hint}


def _take_back(before: dict[Path, bytes | None], made: Sequence[Path]) -> None:
    for path, raw in before.items():
        if raw is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(raw)
    for folder in made:
        if folder.is_dir() and not any(folder.iterdir()):
            os.rmdir(folder)
