"""What parts cost: intervals of dated prices, stale ones marked, the widening of list prices told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..reading import Knowledge

NEW = frozenset({"new", "list", "street"})
STREET = frozenset({"new", "street"})
# A list price older than this says nothing of what is asked today, not even with the widest interval [years].
LIST_PRICE_YEARS = 5


@dataclass(frozen=True, slots=True)
class Price:
    """What one item costs [USD]. basis: listed, list (a list price that one source tells, widened), own (the
    asker's) or launch (the widened list price of the launch)."""

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
    """Prices by item, as far as the asker wants them: own ones first, used ones only if allowed."""

    knowledge: Knowledge
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    used: bool = True
    today: date = field(default_factory=date.today)
    _known: dict[str, Price | None] = field(default_factory=dict)
    _widening: tuple[float, float] | None = None
    _street: tuple[float, float] | None = None

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

    @property
    def widening(self) -> tuple[float, float]:
        """Least and largest ratio of today's listed price to the list price of a launch that is no older than those it
        is for, over GPUs that have both."""
        if self._widening is None:
            ratios = [ratio for item in self.knowledge.entries["prices"] for ratio in self._ratios(item)]
            self._widening = (min(ratios), max(ratios)) if ratios else (1.0, 1.0)
        return self._widening

    @property
    def street(self) -> tuple[float, float]:
        """Least and largest ratio of what a new card was sold for to its list price, over GPUs that have both."""
        if self._street is None:
            ratios = [ratio for item in self.knowledge.entries["prices"] for ratio in self._ratios(item, STREET)]
            self._street = (min(*ratios, 1.0), max(*ratios, 1.0)) if ratios else (1.0, 1.0)
        return self._street

    def _ratios(self, item: str, conditions: frozenset[str] = frozenset()) -> Iterable[float]:
        """conditions: those that count; none: all but list prices."""
        entry = self.knowledge.entries["prices"][item]
        gpu = self.knowledge.entries["gpus"].get(entry.get("of") or "") or {}
        launch = gpu.get("launch_price_usd")
        if launch and self._recent(str(gpu.get("launch_date") or "")):
            told = ((one, one.get("condition")) for one in entry["prices"])
            rows = [one for one, sort in told if sort != "list" and (not conditions or sort in conditions)]
            yield from (float(one[end]) / float(launch) for one in rows for end in ("low", "high"))

    def _own(self, item: str) -> Price | None:
        given = self.own.get(item)
        if given is None:
            return None
        sources = (str(given["source"]),) if given.get("source") else ()
        return Price(item, float(given["low"]), float(given["high"]), "own", given.get("date"), sources,
                     self._old(given.get("date")) if given.get("date") else False)  # fmt: skip

    def _listed(self, item: str) -> Price | None:
        entry = self.knowledge.entries["prices"].get(item)
        rows = [one for one in (entry or {}).get("prices") or () if self.used or one.get("condition") in NEW]
        if entry is None or not rows:
            return None
        dates = [str(one["date"]) for one in rows if one.get("date")]
        newest = max(dates, default=None)
        sources = tuple(sorted({str(one["source"]) for one in rows if one.get("source")}))
        basis, of_maker = "listed", all(one.get("condition") == "list" for one in rows)
        low, high = min(float(one["low"]) for one in rows), max(float(one["high"]) for one in rows)
        if of_maker and len(sources) < 2 and self._by_shops(entry):
            least, most = self.street  # one source told what the maker asks; shops ask what they can
            basis, low, high = "list", round(low * least), round(high * most)
        doubtful = sources == ("recalled",) or entry.get("mark") == "uncertain"
        return Price(item, low, high, basis, newest, sources, self._old(newest), doubtful)

    def _by_shops(self, entry: Mapping[str, Any]) -> bool:
        """Whether shops say what it costs: of a card they do, a whole machine its maker sells."""
        return entry.get("of") in self.knowledge.entries["gpus"] and entry.get("unit") != "machine"

    def _launched(self, item: str) -> Price | None:
        entry = self.knowledge.entries["gpus"].get(item)
        price, day = (entry or {}).get("launch_price_usd"), str((entry or {}).get("launch_date") or "")
        if not price or not self._recent(day):
            return None
        least, most = self.widening if self.used else self.street
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
