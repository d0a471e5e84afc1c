"""What is asked of a plan, with names as keys and every silence filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..grounding.moves.forms import supply_constants
from .naming import NAMES

if TYPE_CHECKING:
    from ..reading import Knowledge

GOALS = ("latency", "throughput", "prefill", "efficiency", "capacity", "cost")
MOST_CARDS = 16
USUAL_CONTEXT = 8192
TARGETS = ("decode", "decode_alone", "prefill", "throughput")
# What a goal wants more of, by number; of decode, what one user alone gets.
SPEED_OF = {"latency": "decode", "throughput": "throughput", "prefill": "prefill", "efficiency": "efficiency",
            "capacity": "free"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """optimize: what counts as speed. goal: of what keeps all limits the best has the least cost, the most speed, or
    the most speed for the money (value). targets: least decode of one user alone (decode) and of each of several at
    once (user_decode), prefill and output of all users [tok/s]. budget [USD]. max_bits: formats of fewer alone.
    floor: speed of the rig that is there, below which nothing is an upgrade. max_watts: of all cards at their limits
    [W]. named: whether cards or vendors to choose from are named. condition: of the cards that may be bought, any, new
    or used. links: any, nvlink (every card joined to another one) or none (no bridges). host_watts: of the rest of the
    machine, for its power supply [W], which is loaded to supply_load at most.
    power_shares: limits that are tried, as shares of the default one; least_share: the smallest that is tried to stay
    within max_watts."""

    model: str
    prompt: int = 1024
    output: int = 256
    context: int = USUAL_CONTEXT
    users: int = 1
    quantizations: tuple[str, ...] = ()
    kv: str | None = None
    engines: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    named: bool = False
    targets: Mapping[str, float] = field(default_factory=dict)
    budget: float | None = None
    max_watts: float | None = None
    slots: int = 8
    slots_said: bool = False
    condition: str = "any"
    patched: bool = True
    links: str = "any"
    min_bits: float = 4.0
    max_bits: float = inf
    min_lanes: int = 4
    host_watts: float = 0.0
    supply_load: float = 1.0
    power_shares: tuple[float, ...] = ()
    least_share: float = 1.0
    optimize: str = "latency"
    goal: str = "value"
    floor: float = 0.0

    @property
    def speed(self) -> str:
        """The number that counts as speed: of decode what each user gets, and with several of them all at once."""
        counted = SPEED_OF[self.optimize]
        return "user_decode" if counted == "decode" and self.users > 1 else counted

    @property
    def least_context(self) -> int:
        """Tokens that prompt and answer take."""
        return self.prompt + self.output

    @property
    def draws(self) -> str:
        """The number that counts as power: of one user what the cards draw; many keep all of them busy, up to their
        limits."""
        return "power" if self.users == 1 else "max_watts"

    def told(self) -> dict[str, Any]:
        """The question as a part of the answer."""
        return {
            "model": self.model, "prompt_tokens": self.prompt, "output_tokens": self.output,
            "context_tokens": self.context, "users": self.users, "quantizations": list(self.quantizations),
            "kv_quantization": self.kv, "engines": list(self.engines), "gpus": list(self.gpus),
            "vendors": list(self.vendors), "targets": dict(self.targets), "budget_usd": self.budget,
            "max_watts": self.max_watts, "slots": self.slots, "second_hand": self.condition != "new",
            "second_hand_only": self.condition == "used", "p2p_driver": self.patched, "links": self.links,
            "min_bits": self.min_bits,
            "min_lanes": self.min_lanes, "host_watts": self.host_watts, "optimize": self.optimize,
            "goal": self.goal, "counts": NAMES[self.speed], "draws": NAMES[self.draws],
        }  # fmt: skip


def asked(flags: Mapping[str, Any], knowledge: Knowledge) -> Question:
    """The question of flags, names forgiven, numbers checked. Raises BadInput, UnknownName, AmbiguousName."""
    model = knowledge.find("models", str(_given(flags, "model")))
    users, prompt = _whole(flags, "users", 1), _whole(flags, "prompt", 1024)
    output = _whole(flags, "output", 256)
    context = _whole(flags, "context", max(USUAL_CONTEXT, prompt + output))
    _check_context(context, prompt, output, model, knowledge)
    targets, bits = _targets(flags, users), float(knowledge.vocabulary["plan"]["usual_bits"]["value"])
    supply = supply_constants(knowledge.entries)
    return Question(
        model, prompt, output, context, users,
        quantizations=_keys(flags, "quant", "quantizations", knowledge),
        kv=_one(flags, "kv", "quantizations", knowledge),
        engines=_keys(flags, "engine", "engines", knowledge), gpus=_keys(flags, "gpu", "gpus", knowledge),
        vendors=_vendors(flags, knowledge),
        named=bool(flags.get("gpu") or flags.get("brand")), targets=targets, budget=_budget(flags),
        max_watts=_maybe(flags, "max_watts"), slots=_slots(flags),
        slots_said=flags.get("slots") is not None, condition=_condition(flags),
        patched=bool(flags.get("p2p_driver", True)), links=str(flags.get("links") or "any"),
        min_bits=float(_positive(flags, "min_bits", bits)),
        min_lanes=_whole(flags, "min_lanes", 4),
        host_watts=float(_positive(flags, "host_watts", supply["host"])), supply_load=supply["load"],
        **_limits(knowledge),
        optimize=_goal(flags.get("optimize"), users, targets),
        goal=_best(flags, targets),
    )  # fmt: skip


def _targets(flags: Mapping[str, Any], users: int) -> dict[str, float]:
    """The least of each number. A decode is that of each user while all are served, unless it is one alone's."""
    found: dict[str, float] = {}
    several = "user_decode" if users > 1 else "decode"
    for name, number in (("decode", several), ("decode_alone", "decode"), ("prefill", "prefill"),
                         ("throughput", "throughput")):  # fmt: skip
        if flags.get(name) is not None:
            found[number] = max(float(_positive(flags, name)), found.get(number, 0.0))
    return found


def _goal(given: str | None, users: int, targets: Mapping[str, float]) -> str:
    """What counts as speed: as asked, else what the only target is of, else by the number of users."""
    if given and given != "cost":
        return given
    if len(targets) == 1:
        return {"prefill": "prefill", "throughput": "throughput"}.get(next(iter(targets)), "latency")
    return "latency" if users == 1 or targets.keys() & {"decode", "user_decode"} else "throughput"


def _best(flags: Mapping[str, Any], targets: Mapping[str, float]) -> str:
    """Where nothing is said: the cheapest that keeps the targets, the fastest for a budget, else the best value."""
    given = flags.get("optimize")
    if given:
        return "cost" if given == "cost" else "speed"
    return "cost" if targets else "speed" if flags.get("budget") is not None else "value"


def _given(flags: Mapping[str, Any], name: str) -> Any:
    if not flags.get(name):
        raise BadInput(f"no {name} is given", where=f"--{name}", hint=f"write --{name} llama-3.1-70b, say")
    return flags[name]


def _positive(flags: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = flags.get(name)
    if value is None:
        value = default
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e12:
        flag = f"{'target-' if name in TARGETS else ''}{name.replace('_', '-')}"
        raise BadInput(f"{value!r} is no number above 0", where=f"--{flag}", hint="write digits, such as 30")
    return value


def _whole(flags: Mapping[str, Any], name: str, default: int) -> int:
    value = _positive(flags, name, default)
    if value != int(value):
        raise BadInput(
            f"{value:g} is no whole number", where=f"--{name.replace('_', '-')}", hint=f"write {int(value) or 1}"
        )
    return int(value)


def _budget(flags: Mapping[str, Any]) -> float | None:
    """Nothing may be spent, too: on a rig that is there, settings and programs cost nothing."""
    return 0.0 if flags.get("budget") == 0 else _maybe(flags, "budget")


def _maybe(flags: Mapping[str, Any], name: str) -> float | None:
    return None if flags.get(name) is None else float(_positive(flags, name))


def _condition(flags: Mapping[str, Any]) -> str:
    """Which cards may be bought: new ones, used ones, or any."""
    new, used = not flags.get("second_hand", True), bool(flags.get("second_hand_only"))
    if new and used:
        raise BadInput(
            "cards that are new and used at once", where="--second-hand-only", hint="leave it or --new-only out"
        )
    return "new" if new else "used" if used else "any"


def _slots(flags: Mapping[str, Any]) -> int:
    slots = _whole(flags, "slots", 8)
    if slots > MOST_CARDS:
        raise BadInput(f"{slots} slots", where="--slots", hint=f"at most {MOST_CARDS}: larger rigs are clusters")
    return slots


def _check_context(context: int, prompt: int, output: int, model: str, knowledge: Knowledge) -> None:
    if context < prompt + output:
        raise BadInput(
            f"a context of {context} holds no prompt of {prompt} and answer of {output}", where="--context",
            hint=f"ask for {prompt + output} or more, or a shorter --prompt",
        )  # fmt: skip
    longest = knowledge.entries["models"][model].get("max_context")
    if longest and context > longest:
        raise BadInput(
            f"{model} takes {longest} tokens of context at most", where="--context", hint=f"ask for {longest} or less"
        )


def _names(value: Any) -> list[str]:
    listed = [value] if isinstance(value, str) else list(value or ())
    return [part.strip() for one in listed for part in str(one).split(",") if part.strip()]


def _keys(flags: Mapping[str, Any], name: str, kind: str, knowledge: Knowledge) -> tuple[str, ...]:
    return tuple(dict.fromkeys(knowledge.find(kind, one) for one in _names(flags.get(name))))


def _one(flags: Mapping[str, Any], name: str, kind: str, knowledge: Knowledge) -> str | None:
    return knowledge.find(kind, str(flags[name])) if flags.get(name) else None


def _vendors(flags: Mapping[str, Any], knowledge: Knowledge) -> tuple[str, ...]:
    """Vendors to choose from, those that are left out taken off; none: all."""
    known = sorted({str(one["vendor"]) for one in knowledge.entries["gpus"].values()})
    wanted, out = (_of_vendors(flags, name, known) for name in ("brand", "without_brand"))
    kept = tuple(one for one in wanted or known if one not in out)
    if not kept:
        raise BadInput("no vendor is left", where="--without-brand", hint=f"known are {', '.join(known)}")
    return kept if wanted or out else ()


def _of_vendors(flags: Mapping[str, Any], name: str, known: Sequence[str]) -> list[str]:
    given = list(dict.fromkeys(one.lower() for one in _names(flags.get(name))))
    for one in given:
        if one not in known:
            flag = f"--{name.replace('_', '-')}"
            raise BadInput(f"no vendor is called '{one}'", where=flag, hint=f"known are {', '.join(known)}")
    return given


def _limits(knowledge: Knowledge) -> dict[str, Any]:
    """The power limits that the option of that name tries."""
    steps: Sequence[Mapping[str, Any]] = (knowledge.entries["options"].get("power_limit") or {}).get("change") or ()
    for step in steps:
        if "limit_power_within" in step:
            own = step["limit_power_within"]
            return {"power_shares": tuple(map(float, own["shares"])), "least_share": float(own["least"])}
    return {}
