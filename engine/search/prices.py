"""What parts cost: intervals of dated prices, stale ones marked, the widening of list prices told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..reading import Knowledge

NEW = frozenset({"new", "list", "street"})
STREET = frozenset({"new", "street"})
SOLD = STREET | {"used"}
WANTED = {"any": NEW | SOLD, "new": NEW, "used": frozenset({"used"})}
# Cards that were launched so near to each other have come about as far from their list prices [years].
YEARS_APART = 1
# A list price older than this says nothing of what is asked today, not even with the widest interval [years].
LIST_PRICE_YEARS = 5


@dataclass(frozen=True, slots=True)
class Price:
    """What one item costs [USD]. basis: listed, single (one number of one page, widened), list (a list price that one
    source tells, widened), own (the asker's) or launch (the widened list price of the launch)."""

    item: str
    low: float
    high: float
    basis: str
    date: str | None
    sources: tuple[str, ...]
    stale: bool
    uncertain: bool = False

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    def told(self) -> dict[str, Any]:
        """The price as a part of an answer."""
        return {"item": self.item, "low": self.low, "high": self.high, "basis": self.basis, "date": self.date,
                "sources": list(self.sources), "stale": self.stale, "uncertain": self.uncertain}  # fmt: skip


@dataclass(slots=True)
class PriceList:
    """Prices by item, as far as the asker wants them: own ones first. condition: of cards, any, new or used."""

    knowledge: Knowledge
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    condition: str = "any"
    today: date = field(default_factory=date.today)
    _known: dict[str, Price | None] = field(default_factory=dict)
    _widening: dict[tuple[str, bool], tuple[float, float]] = field(default_factory=dict)
    _spread: tuple[float, float] | None = None

    def of(self, item: str) -> Price | None:
        """The price of an item of knowledge/prices or of a GPU; None where none is known."""
        if item not in self._known:
            self._known[item] = self._own(item) or self._listed(item) or self._launched(item)
        return self._known[item]

    def first(self, items: Iterable[str]) -> Price | None:
        """The first of several items that has a price."""
        return next((price for item in items if (price := self.of(item)) is not None), None)

    def resale(self, item: str) -> Price | None:
        """What a used card brings: own price, prices of used ones, else something up to what a new one costs."""
        rows = [one for one in (self.knowledge.entries["prices"].get(item) or {}).get("prices") or ()
                if one.get("condition") == "used"]  # fmt: skip
        if item in self.own:
            return self.of(item)
        if not rows:
            new = self.of(item)
            return replace(new, low=0.0) if new else None
        dates = max((str(one["date"]) for one in rows if one.get("date")), default=None)
        sources = tuple(sorted({str(one["source"]) for one in rows if one.get("source")}))
        return Price(item, min(float(one["low"]) for one in rows), max(float(one["high"]) for one in rows), "listed",
                     dates, sources, self._old(dates))  # fmt: skip

    def widening(self, launch: str, shops: bool) -> tuple[float, float]:
        """Least and largest ratio of today's price to the list price of the launch, over GPUs that have both and were
        launched about when this one was: older ones have fallen further. shops: of new cards alone."""
        key = (launch, shops)
        if key not in self._widening:
            told = [ratio for item in self.knowledge.entries["prices"] for ratio in self._ratios(item, launch, shops)]
            self._widening[key] = (min(*told, 1.0), max(*told, 1.0)) if told else (1.0, 1.0)
        return self._widening[key]

    @property
    def spread(self) -> tuple[float, float]:
        """Least and largest price of a card, over the middle of both, as they usually are where several pages tell
        them: the medians over such cards."""
        if self._spread is None:
            ends = [own for entry in self.knowledge.entries["prices"].values() if (own := self._ends(entry))]
            self._spread = (median(low for low, _ in ends), median(high for _, high in ends)) if ends else (1.0, 1.0)
        return self._spread

    def _ends(self, entry: Mapping[str, Any]) -> tuple[float, float] | None:
        rows = [one for one in entry["prices"] if one.get("condition") != "list"]
        if entry.get("of") not in self.knowledge.entries["gpus"] or len({one["source"] for one in rows}) < 2:
            return None
        low, high = min(float(one["low"]) for one in rows), max(float(one["high"]) for one in rows)
        return 2 * low / (low + high), 2 * high / (low + high)

    def _ratios(self, item: str, launch: str, shops: bool) -> Iterable[float]:
        entry = self.knowledge.entries["prices"][item]
        gpu = self.knowledge.entries["gpus"].get(entry.get("of") or "") or {}
        price, day = gpu.get("launch_price_usd"), str(gpu.get("launch_date") or "")
        if price and day and abs(self._age(day) - self._age(launch)) <= YEARS_APART * 365.25:
            rows = [one for one in entry["prices"] if one.get("condition") in (STREET if shops else SOLD)]
            yield from (float(one[end]) / float(price) for one in rows for end in ("low", "high"))

    def _own(self, item: str) -> Price | None:
        given = self.own.get(item)
        if given is None:
            return None
        sources = (str(given["source"]),) if given.get("source") else ()
        return Price(item, float(given["low"]), float(given["high"]), "own", given.get("date"), sources,
                     self._old(given.get("date")) if given.get("date") else False)  # fmt: skip

    def _listed(self, item: str) -> Price | None:
        entry = self.knowledge.entries["prices"].get(item)
        rows = [one for one in (entry or {}).get("prices") or () if one.get("condition") in self._wanted(entry)]
        if entry is None or not rows:
            return None
        dates = [str(one["date"]) for one in rows if one.get("date")]
        newest = max(dates, default=None)
        sources = tuple(sorted({str(one["source"]) for one in rows if one.get("source")}))
        basis, of_maker = "listed", all(one.get("condition") == "list" for one in rows)
        low, high = min(float(one["low"]) for one in rows), max(float(one["high"]) for one in rows)
        if of_maker and len(sources) < 2 and self._by_shops(entry):
            launch = str(self.knowledge.entries["gpus"][entry["of"]].get("launch_date") or "")
            least, most = self.widening(launch, shops=True)  # one source told what the maker asks; shops what they can
            basis, low, high = "list", round(low * least), round(high * most)
        elif low == high and len(sources) == 1 and not of_maker:
            least, most = self.spread
            basis, low, high = "single", round(low * least), round(high * most)
        doubtful = sources == ("recalled",) or entry.get("mark") == "uncertain"
        return Price(item, low, high, basis, newest, sources, self._old(newest), doubtful)

    def _wanted(self, entry: Mapping[str, Any] | None) -> frozenset[str]:
        """Conditions in which an item may be: what is no card is bought used wherever it is, new ones not wanted."""
        cards = (entry or {}).get("of") in self.knowledge.entries["gpus"]
        return WANTED["any" if self.condition == "used" and not cards else self.condition]

    def _by_shops(self, entry: Mapping[str, Any]) -> bool:
        """Whether shops say what it costs: of a card they do, a whole machine its maker sells."""
        return entry.get("of") in self.knowledge.entries["gpus"] and entry.get("unit") != "machine"

    def _launched(self, item: str) -> Price | None:
        entry = self.knowledge.entries["gpus"].get(item)
        price, day = (entry or {}).get("launch_price_usd"), str((entry or {}).get("launch_date") or "")
        if not price or not self._recent(day) or self.condition == "used":
            return None
        least, most = self.widening(day, shops=self.condition == "new")
        sources = tuple(self.knowledge.sources_of("gpus", item, "launch_price_usd"))
        return Price(item, round(float(price) * least), round(float(price) * most), "launch", day, sources, True)

    def _recent(self, launch: str) -> bool:
        """Whether the list price of a launch says anything of what is asked today."""
        return bool(launch) and self._age(launch) <= LIST_PRICE_YEARS * 365.25

    def _old(self, day: str | None) -> bool:
        limit = (self.knowledge.vocabulary.get("stale_after_days") or {}).get("price", 90)
        return day is None or self._age(day) > limit

    def _age(self, day: str) -> float:
        parts = [*day.split("-"), "01", "01"][:3]
        try:
            return (self.today - date(*map(int, parts))).days
        except ValueError:
            return float("inf")
