"""Reading a rule from its mapping, with an error for everything that is no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import KnowledgeError
from ..model.sentence import placeholders
from .rule import Collection, Comparison, Computation, Pattern, Rule, Template
from .term import PRESENT, Constants, Field, Term, Variable, parse_term

MOST_PATTERNS = 8
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "divisible by", "not divisible by")
_KEYS = (
    "id", "title", "because", "evidence", "valid_when", "when", "where", "unless", "collect", "compute", "then",
    "says", "says_not", "examples", "equivalent_mutants", "origin",
)  # fmt: skip
_KNOWN = frozenset(_KEYS)


def parse_rule(mapping: Mapping[str, Any], origin: str = "") -> Rule:
    """Read one rule; see `Rule.parse`."""
    if not isinstance(mapping, Mapping):
        raise KnowledgeError(
            f"a rule is a mapping, given {mapping!r}", where=origin or None, hint="start with `- id: …`"
        )
    return _Reader(mapping, str(origin or mapping.get("origin") or "")).rule()


class _Reader:
    """Reads one rule, knowing at each step which names are bound."""

    def __init__(self, mapping: Mapping[str, Any], origin: str) -> None:
        self.mapping = mapping
        self.origin = origin
        self.id = mapping.get("id")
        self.bound: set[str] = set()
        self.computed: set[str] = set()
        self.collected: set[str] = set()

    def rule(self) -> Rule:
        self._check_head()
        when = self._when()
        self.collected = set(self._mapping("collect"))
        names = list(self._mapping("compute"))
        self._check_names(names)
        unless = tuple([self._pattern("", part, "unless") for part in self._list("unless")])
        collect = self._collect()
        compute = self._compute()
        where = tuple([self._comparison(part) for part in self._list("where")])
        then = self._then()
        self._check_sentence("says")
        self._check_sentence("says_not")
        text, items = self._text, self._list
        return Rule(
            id=self.id or "", when=when, where=where, unless=unless, collect=collect, compute=compute, then=then,
            title=text("title"), because=text("because"), evidence=tuple([str(key) for key in items("evidence")]),
            valid_when=self._mapping("valid_when"), says=text("says"), says_not=text("says_not"),
            examples=tuple(items("examples")), origin=self.origin,
        )  # fmt: skip

    def fail(self, message: str, hint: str) -> KnowledgeError:
        name = f"rule {self.id}: " if isinstance(self.id, str) and self.id else ""
        return KnowledgeError(name + message, where=self.origin or None, hint=hint)

    # the parts of a rule

    def _when(self) -> tuple[Pattern, ...]:
        parts = self._mapping("when")
        if not 1 <= len(parts) <= MOST_PATTERNS:
            raise self.fail(f"`when` has {len(parts)} patterns", f"name 1 to {MOST_PATTERNS} facts that must be there")
        for name in parts:
            self._check_name(name, "when")
        self.bound = set(parts)
        return tuple([self._pattern(name, part, f"when.{name}") for name, part in parts.items()])

    def _collect(self) -> tuple[Collection, ...]:
        collections = []
        for name, part in self._mapping("collect").items():
            if not isinstance(part, Mapping) or not isinstance(part.get("take"), str):
                raise self.fail(
                    f"collect.{name} takes nothing", "add `take:` and the attribute whose values are wanted"
                )
            rest = {key: value for key, value in part.items() if key != "take"}
            collections.append(Collection(name, self._pattern("", rest, f"collect.{name}"), str(part["take"])))
        return tuple(collections)

    def _compute(self) -> tuple[Computation, ...]:
        computations = []
        for name, part in self._mapping("compute").items():
            if not isinstance(part, Mapping) or not isinstance(part.get("formula"), str):
                raise self.fail(f"compute.{name} names no formula", f"write `{name}: {{formula: …, argument: …}}`")
            place = f"compute.{name}"
            arguments = {
                str(key): self._argument(value, f"{place}.{key}") for key, value in part.items() if key != "formula"
            }
            computations.append(Computation(name, str(part["formula"]), arguments))
            self.computed.add(name)
        return tuple(computations)

    def _then(self) -> tuple[Template, ...]:
        given = self.mapping["then"]
        templates = []
        for part in given if isinstance(given, (list, tuple)) else [given]:
            kind = self._kind(part, "then")
            terms = {str(key): self._value(term, f"then.{key}") for key, term in part.items() if key != "kind"}
            templates.append(Template(kind, dict(sorted(terms.items()))))
        if not templates:
            raise self.fail("`then` is empty", "name the fact that the rule concludes")
        return tuple(templates)

    def _comparison(self, part: Any) -> Comparison:
        if not isinstance(part, (list, tuple)) or len(part) != 3:
            raise self.fail(f"where: {part!r} is no comparison", "write [left, operator, right]")
        left, op, right = part
        if op not in OPERATORS:
            raise self.fail(f"where: unknown operator {op!r}", f"use one of {', '.join(OPERATORS)}")
        if op in ("in", "not in"):
            return Comparison(self._value(left, "where"), op, self._constants(right, op))
        return Comparison(self._value(left, "where"), str(op), self._value(right, "where"))

    def _constants(self, given: Any, op: str) -> Constants:
        if not isinstance(given, (list, tuple)):
            raise self.fail(f"where: `{op}` needs a list, given {given!r}", "write [$gpu.vendor, in, [nvidia, amd]]")
        terms = [parse_term(value, self.origin) for value in given]
        for term in terms:
            if isinstance(term, (Field, Variable)) or term is PRESENT:
                raise self.fail(f"where: {term} stands in the list of `{op}`", "the list holds constants only")
        return Constants(tuple([term.value for term in terms]))  # type: ignore[union-attr]

    def _pattern(self, name: str, part: Any, place: str) -> Pattern:
        kind = self._kind(part, place)
        terms: dict[str, Term] = {}
        for key, value in part.items():
            if key != "kind":
                terms[str(key)] = self._condition(value, f"{place}.{key}", name)
        return Pattern(name, kind, terms)

    # terms, by where they stand

    def _condition(self, value: Any, place: str, name: str) -> Term:
        term = parse_term(value, self.origin)
        kind = type(term)
        if kind is Field:
            self._check_bound(term, place)
            if term.name == name:  # type: ignore[union-attr]
                raise self.fail(f"{place}: {term} refers to the pattern it stands in", "compare them under `where`")
        elif kind is Variable:
            raise self.fail(f"{place}: {term} is known only after matching", "compare it under `where`")
        return term

    def _argument(self, value: Any, place: str) -> Term:
        if isinstance(value, str) and value[:1] == "$" and value[1:] in self.collected:
            return Variable(value[1:])
        return self._value(value, place)

    def _value(self, value: Any, place: str) -> Term:
        term = parse_term(value, self.origin)
        if type(term) is Field:
            self._check_bound(term, place)
        elif type(term) is Variable:
            self._check_computed(term, place)
        elif term is PRESENT:
            raise self.fail(f"{place}: $_ has no value", "it may stand in a pattern only")
        return term

    def _check_bound(self, term: Any, place: str) -> None:
        if term.name not in self.bound:
            raise self.fail(f"{place}: {term} refers to '{term.name}', which `when` does not bind", self._bound_names())

    def _check_computed(self, term: Variable, place: str) -> None:
        if term.name in self.computed:
            return
        if term.name in self.collected:
            raise self.fail(f"{place}: {term} is a collection", "only a formula under `compute` can read it")
        if term.name in self.bound:
            raise self.fail(f"{place}: {term} names a whole fact", f"write ${term.name}.attribute")
        if term.name in self._mapping("compute"):
            raise self.fail(f"{place}: {term} is used before it is computed", "put its formula first")
        raise self.fail(f"{place}: {term} is not computed", self._bound_names())

    def _bound_names(self) -> str:
        return f"bound are {', '.join(sorted(self.bound | self.computed)) or 'none'}"

    # shapes

    def _check_head(self) -> None:
        if not isinstance(self.id, str) or not self.id:
            raise self.fail(f"a rule needs an id, given {self.id!r}", "write `id: some_name`")
        for key in self.mapping:
            if key not in _KNOWN:
                raise self.fail(f"unknown key '{key}'", _nearest(key, _KEYS))
        for key in ("when", "then"):
            if not self.mapping.get(key):
                raise self.fail(f"`{key}` is missing", "a rule needs id, when and then")

    def _check_names(self, computed: Iterable[str]) -> None:
        seen = set(self.bound)
        for name in (*self._mapping("collect"), *computed):
            self._check_name(name, "collect and compute")
            if name in seen:
                raise self.fail(f"the name '{name}' is used twice", "facts, collections and results share their names")
            seen.add(name)

    def _check_name(self, name: object, place: str) -> None:
        if not isinstance(name, str) or not name.isidentifier() or name == "_":
            raise self.fail(f"{place}: {name!r} cannot be a name", "use letters, digits and _, and start with a letter")

    def _kind(self, part: Any, place: str) -> str:
        if not isinstance(part, Mapping):
            raise self.fail(f"{place}: {part!r} is no pattern", "write {kind: …, attribute: value}")
        kind = part.get("kind")
        if not isinstance(kind, str) or not kind or kind.startswith("$"):
            raise self.fail(f"{place}: the kind is {kind!r}", "every pattern names its kind, as a constant")
        return str(kind)

    def _check_sentence(self, key: str) -> None:
        for name, attribute, _ in placeholders(self._text(key), self.origin):
            if attribute is None and name not in self.computed:
                raise self.fail(f"{key}: {{{name}}} is not computed", self._bound_names())
            if attribute is not None and name not in self.bound:
                raise self.fail(f"{key}: {{{name}[{attribute}]}} names no fact of `when`", self._bound_names())

    def _mapping(self, key: str) -> Mapping[str, Any]:
        given = self.mapping.get(key)
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            raise self.fail(f"`{key}` is {given!r}", "write a mapping, name: …")
        return given

    def _list(self, key: str) -> Iterable[Any]:
        given = self.mapping.get(key)
        if given is None:
            return ()
        if key == "evidence" and isinstance(given, str):
            return (given,)
        if not isinstance(given, (list, tuple)):
            raise self.fail(f"`{key}` is {given!r}", "write a list")
        return given

    def _text(self, key: str) -> str:
        given = self.mapping.get(key)
        if given is None:
            return ""
        if not isinstance(given, str):
            raise self.fail(f"`{key}` is {given!r}", "write a text")
        return given


def _nearest(given: object, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(str(given), list(known), 1)
    return f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
