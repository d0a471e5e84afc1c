"""Claims on what an entry is or has: a bandwidth, NVLink, a number of layers, bits for each weight, a price."""

from __future__ import annotations

from typing import Any

from ...errors import BadInput
from ...grounding.entries import Origin, entry_facts
from ..bench import Bench
from ..claims import Claim
from ..naming import (
    SUBJECTS,
    Attribute,
    Subject,
    Unsettled,
    attribute_of,
    key_of,
    nearest_attributes,
    sold_as,
    subjects_of,
)
from ..stated import stated_flag, stated_number, stated_text
from ..units import Unit, folded, required_unit

OTHER_SORTS = (True, 1, "word")


def attribute(claim: Claim, bench: Bench) -> None:
    """`subject`, `attribute`, `value`. Raises Unsettled where the knowledge has no such subject or attribute."""
    given = claim.content
    subject, found = _spoken_of(claim, bench)
    if found.sort == "price":
        price_of(claim, bench, subject.key, found.condition, found.unit)
        return
    bench.open_claim(claim, f"{found.told} of {_shown(subject)}", f"{found.name} {subject.key}")
    if found.sort == "size_flag":
        size = found.number if found.number is not None else given["value"]
        _state_size(claim, bench, subject.key, found.name, int(size), given["value"] is not False)
        return
    _state(claim, bench, found)
    _lay(bench, subject)
    if found.sort == "member":
        _lay_list(bench, subject, found.name, str(given["value"]))
    kind = SUBJECTS.get(subject.folder, "slot")
    bench.say({"kind": "attribute_claim", "claim": claim.name, "of": kind, "key": subject.key, "attribute": found.name})
    if subject.folder in SUBJECTS:
        path = _path(bench, subject, found.name)
        bench.note_dispute(claim, subject.folder, subject.key, path)


def _spoken_of(claim: Claim, bench: Bench) -> tuple[Subject, Attribute]:
    given = claim.content
    text, value = str(given["attribute"]), given["value"]
    subjects = subjects_of(bench.knowledge, str(given["subject"]))
    for subject in subjects:
        found = attribute_of(bench.knowledge, subject.folder, text, value) or _plain(bench, subject, text, value)
        if found is not None:
            return subject, found
    for subject in subjects:
        for other in OTHER_SORTS:
            meant = attribute_of(bench.knowledge, subject.folder, text, other)
            if meant is not None:
                words = {"flag": "true or false", "size_flag": "true or false", "text": "a word", "member": "a word"}
                raise BadInput(
                    f"`{text}` of {subject.key} is not told by {value!r}",
                    where=claim.place,
                    hint=f"write {words.get(meant.sort, 'a number')}",
                )
    near = nearest_attributes(bench.knowledge, subjects[0].folder, text)
    told = f"; the nearest names are {', '.join(near)}" if near else ""
    raise Unsettled(f"the knowledge has no attribute '{text}' of {subjects[0].key}{told}")


def _plain(bench: Bench, subject: Subject, text: str, value: Any) -> Attribute | None:
    """An attribute that stands in the entry under this very name, its units joined on."""
    if subject.folder not in SUBJECTS:
        return None
    entry = bench.entry(subject.folder, subject.key)
    main = next(iter(reversed(list(entry_facts(subject.folder, SUBJECTS[subject.folder], subject.key, entry)))))
    name = folded(text)
    found = main.fact.get(name)
    if (
        found is None
        or isinstance(found, bool) != isinstance(value, bool)
        or isinstance(found, str) != isinstance(value, str)
    ):
        return None
    sort = "flag" if isinstance(found, bool) else "text" if isinstance(found, str) else "number"
    return Attribute(name, sort, "count" if sort == "number" else None, "", False, name.replace("_", " "))


def _sort(value: object) -> str:
    return "flag" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def _state(claim: Claim, bench: Bench, found: Attribute) -> None:
    value = claim.content["value"]
    if isinstance(value, bool):
        bench.say(stated_flag(claim.name, value))
    elif isinstance(value, str):
        bench.say(stated_text(claim.name, value))
    else:
        bench.say(stated_number(claim.name, claim.content, "value", "upper", _unit(claim, found), found.exact))


def _unit(claim: Claim, found: Attribute) -> Unit:
    assert found.dimension is not None
    own = str(claim.content.get("unit", ""))
    named = required_unit(found.dimension, found.unit, claim.place)
    if not own:
        return sold_as(found, named)
    return sold_as(found, required_unit(found.dimension, own, claim.place))


def _lay(bench: Bench, subject: Subject) -> None:
    """The entry on the bench, and what its derived attributes need beside it."""
    if subject.folder == "slots":
        gen, lanes = map(int, subject.key.split("x"))
        bench.say({"kind": "slot", "key": subject.key, "gen": gen, "lanes": lanes})
        _lay_lanes(bench)
        return
    bench.entry(subject.folder, subject.key)
    if subject.folder == "gpus":
        _lay_lanes(bench)
    if subject.folder == "models":
        bench.say({"kind": "kv_pair", "model": subject.key, "format": "f16", "bits": 16})


def _lay_list(bench: Bench, subject: Subject, name: str, word: str) -> None:
    """What stands in a list of the entry. Raises Unsettled where no entry of its folder knows the word."""
    lists = [entry.get(name) or () for entry in bench.knowledge.entries[subject.folder].values()]
    known = {folded(str(one)) for words in lists for one in words}
    if folded(word) not in known:
        raise Unsettled(f"the knowledge has no word '{word}' among {name}; it has {', '.join(sorted(known))}")
    of = {"of": SUBJECTS[subject.folder], "key": subject.key, "attribute": name}
    told = [str(one) for one in bench.knowledge.entries[subject.folder][subject.key].get(name) or ()]
    if told:
        bench.say(
            {"kind": "entry_list", **of, "told": ", ".join(told)}, Origin(subject.folder, subject.key, {"told": name})
        )
    for number, one in enumerate(told):
        place = Origin(subject.folder, subject.key, {"value": f"{name}.{number}"})
        bench.say({"kind": "entry_member", **of, "value": folded(one), "told": one}, place)


def _lay_lanes(bench: Bench) -> None:
    for number, row in enumerate(bench.knowledge.entries["links"]["pcie"]["generations"]):
        path = f"generations.{number}.gb_s_per_lane_per_direction"
        bench.say(
            {"kind": "pcie_lane", "gen": row["gen"], "rate": row["gb_s_per_lane_per_direction"] * 1e9},
            Origin("links", "pcie", {"rate": path}),
        )


def _state_size(claim: Claim, bench: Bench, model: str, name: str, size: int, value: bool) -> None:
    divides_by(claim, bench, model, name.removesuffix("_size"), size, value)


def divides(claim: Claim, bench: Bench) -> None:
    """`model`, `size`, `value`: whether the model divides among that many ranks, or one of its parts does."""
    given = claim.content
    model = key_of(bench.knowledge, "models", str(given["model"]))
    what = str(given.get("what", "tensor"))
    bench.open_claim(claim, f"whether {what.replace('_', ' ')} of {model} goes with {given['size']}")
    divides_by(claim, bench, model, what, int(given["size"]), bool(given["value"]))


def divides_by(claim: Claim, bench: Bench, model: str, what: str, size: int, value: bool) -> None:
    """The facts of a claim on divisibility."""
    if size < 1:
        raise BadInput(f"a size of {size}", where=claim.place, hint="write a whole number from 1 up")
    bench.say(stated_flag(claim.name, value))
    bench.entry("models", model)
    bench.say({"kind": "size", "value": size, "within_rig": True})
    bench.say({"kind": "divides_claim", "claim": claim.name, "model": model, "size": size, "what": what})


def price(claim: Claim, bench: Bench) -> None:
    """`item`, `value`: an item of knowledge/prices, or a GPU."""
    text = str(claim.content["item"])
    condition = claim.content.get("condition")
    prices = bench.knowledge.entries["prices"]
    item = text if text in prices else _item(bench, text)
    if condition == "list" and item in bench.knowledge.entries["gpus"]:
        _list_price(claim, bench, item)
        return
    price_of(claim, bench, item, condition, "usd")


def _item(bench: Bench, text: str) -> str:
    try:
        return key_of(bench.knowledge, "gpus", text)
    except Unsettled:
        return key_of(bench.knowledge, "prices", text)


def _list_price(claim: Claim, bench: Bench, gpu: str) -> None:
    found = attribute_of(bench.knowledge, "gpus", "launch_price", 1)
    assert found is not None
    bench.open_claim(claim, f"{found.told} of {gpu}", f"{found.name} {gpu}")
    _state(claim, bench, found)
    bench.entry("gpus", gpu)
    bench.say({"kind": "attribute_claim", "claim": claim.name, "of": "gpu", "key": gpu, "attribute": found.name})


def price_of(claim: Claim, bench: Bench, item: str, condition: str | None, unit: str) -> None:
    """The facts of a claim on a price: what other publishers ask or paid. Raises Unsettled where nobody does."""
    entries = bench.knowledge.entries
    own = (entries["sources"].get(claim.source) or {}).get("publisher", claim.source)
    bench.open_claim(claim, f"{condition + ' ' if condition else ''}price of {item}", f"price {condition} {item}")
    named = required_unit("money", str(claim.content.get("unit", unit)), claim.place)
    bench.say(stated_number(claim.name, claim.content, "value", "upper", named, exact=False))
    told = 0
    for number, one in enumerate((entries["prices"].get(item) or {}).get("prices") or []):
        publisher = (entries["sources"].get(one.get("source")) or {}).get("publisher", one.get("source"))
        if (condition and one.get("condition") != condition) or (claim.source and publisher == own):
            continue
        told += 1
        bench.say(
            {
                "kind": "price_told",
                "claim": claim.name,
                "low": one["low"],
                "high": one["high"],
                "source": one.get("source"),
                "date": one.get("date"),
            },
            Origin("prices", item, {"low": f"prices.{number}.low", "high": f"prices.{number}.high"}),
        )
    if not told:
        bench.unknown(claim, f"the knowledge has no {condition or 'market'} price of {item} from anybody else")
        return
    bench.say({"kind": "price_claim", "claim": claim.name, "item": item, "tellers": told})


def _path(bench: Bench, subject: Subject, name: str) -> str:
    """Where in the entry an attribute stands: that of the fact, or of what it is derived from."""
    for fact, origin in bench.origins.items():
        if fact.kind == SUBJECTS[subject.folder] and fact.get("key") == subject.key:
            stem = name if name in origin.paths else "nvlink_reach" if name.startswith("nvlink") else name
            return origin.paths.get(stem, name)
    return name


def _shown(subject: Subject) -> str:
    if subject.folder != "slots":
        return subject.key
    gen, lanes = subject.key.split("x")
    return f"PCIe {gen}.0 x{lanes}"
