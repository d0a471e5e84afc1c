"""A quick yes to documents that fit their schema, so that jsonschema is asked only about those that do not.

A schema is compiled to functions once. It knows the keywords our schemas are written in and no others; what it
lets pass, jsonschema lets pass too (held by a property test), and what it does not, jsonschema explains.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .schemas import load

Test = Callable[[Any], bool]
_TYPES: dict[str, Test] = {
    "object": lambda node: isinstance(node, dict),
    "array": lambda node: isinstance(node, list),
    "string": lambda node: isinstance(node, str),
    "boolean": lambda node: isinstance(node, bool),
    "null": lambda node: node is None,
    "number": lambda node: isinstance(node, int | float) and not isinstance(node, bool),
    "integer": lambda node: (
        not isinstance(node, bool) and (isinstance(node, int) or (isinstance(node, float) and node.is_integer()))
    ),
}
_SILENT = frozenset({"$schema", "$defs", "title", "description", "then", "else", "additionalProperties"})


class _Compiler:
    """Compiles one schema file; references lead into it or into another file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root = load(file)
        self.named: dict[str, Test] = {}

    def test(self, schema: Any) -> Test:
        if schema is True or schema == {}:
            return _anything
        if "additionalProperties" in schema:
            schema = {"properties": {}, **schema}
        tests = [make(self, schema) for word, make in _WORDS.items() if word in schema]
        unknown = schema.keys() - _WORDS.keys() - _SILENT
        if unknown:
            raise NotImplementedError(f"the keyword {sorted(unknown)[0]}")
        return tests[0] if len(tests) == 1 else _all(tests)

    def reference(self, schema: Mapping[str, Any]) -> Test:
        file, _, name = schema["$ref"].partition("#/$defs/")
        home = self if not file else _compiler(file.removesuffix(".schema.json"))
        return lambda node: home.definition(name)(node)

    def definition(self, name: str) -> Test:
        if name not in self.named:
            self.named[name] = self.test(self.root["$defs"][name])
        return self.named[name]

    def choice(self, schema: Mapping[str, Any]) -> Test:
        asked, yes, no = (self.test(schema.get(word, True)) for word in ("if", "then", "else"))
        return lambda node: yes(node) if asked(node) else no(node)

    def fields(self, schema: Mapping[str, Any]) -> Test:
        known = {name: self.test(one) for name, one in schema.get("properties", {}).items()}
        rest = schema.get("additionalProperties", True)
        other = None if rest is False else self.test(rest)

        def fits(node: Any) -> bool:
            if not isinstance(node, dict):
                return True
            for name, value in node.items():
                test = known.get(name, other)
                if test is None or not test(value):
                    return False
            return True

        return fits

    def items(self, schema: Mapping[str, Any]) -> Test:
        one = self.test(schema["items"])
        return lambda node: not isinstance(node, list) or all(map(one, node))

    def names(self, schema: Mapping[str, Any]) -> Test:
        one = self.test(schema["propertyNames"])
        return lambda node: not isinstance(node, dict) or all(map(one, node))


def _anything(node: Any) -> bool:
    return True


def _all(tests: list[Test]) -> Test:
    def fits_all(node: Any) -> bool:
        for test in tests:  # noqa: SIM110  (a generator costs more than the tests)
            if not test(node):
                return False
        return True

    return fits_all


def _type(_: _Compiler, schema: Mapping[str, Any]) -> Test:
    given = schema["type"]
    tests = [_TYPES[name] for name in ([given] if isinstance(given, str) else given)]
    return tests[0] if len(tests) == 1 else _any(tests)


def _any(tests: list[Test]) -> Test:
    def fits_one(node: Any) -> bool:
        for test in tests:  # noqa: SIM110
            if test(node):
                return True
        return False

    return fits_one


def _one_of(values: list[Any]) -> Test:
    """Equality of JSON: true is not 1."""
    if all(type(value) is str for value in values):
        words = frozenset(values)
        return lambda node: type(node) is str and node in words
    kinds = [(type(value) is bool, value) for value in values]
    return lambda node: any((type(node) is bool) == is_bool and node == value for is_bool, value in kinds)


def _required(_: _Compiler, schema: Mapping[str, Any]) -> Test:
    needed = frozenset(schema["required"])
    return lambda node: not isinstance(node, dict) or needed <= node.keys()


def _pattern(_: _Compiler, schema: Mapping[str, Any]) -> Test:
    search = re.compile(schema["pattern"]).search
    return lambda node: not isinstance(node, str) or search(node) is not None


def _limit(word: str, fits: Callable[[Any, Any], bool]) -> Callable[[_Compiler, Mapping[str, Any]], Test]:
    is_number = _TYPES["number"]

    def make(_: _Compiler, schema: Mapping[str, Any]) -> Test:
        limit = schema[word]
        return lambda node: not is_number(node) or fits(node, limit)

    return make


def _size(word: str, kind: type[Any], least: bool) -> Callable[[_Compiler, Mapping[str, Any]], Test]:
    def make(_: _Compiler, schema: Mapping[str, Any]) -> Test:
        limit = schema[word]
        if least:
            return lambda node: not isinstance(node, kind) or len(node) >= limit
        return lambda node: not isinstance(node, kind) or len(node) <= limit

    return make


_WORDS: dict[str, Callable[[_Compiler, Any], Test]] = {
    "$ref": _Compiler.reference,
    "type": _type,
    "enum": lambda _, schema: _one_of(schema["enum"]),
    "const": lambda _, schema: _one_of([schema["const"]]),
    "required": _required,
    "properties": _Compiler.fields,
    "propertyNames": _Compiler.names,
    "items": _Compiler.items,
    "allOf": lambda compiler, schema: _all([compiler.test(one) for one in schema["allOf"]]),
    "if": _Compiler.choice,
    "pattern": _pattern,
    "minimum": _limit("minimum", lambda node, limit: bool(node >= limit)),
    "maximum": _limit("maximum", lambda node, limit: bool(node <= limit)),
    "exclusiveMinimum": _limit("exclusiveMinimum", lambda node, limit: bool(node > limit)),
    "exclusiveMaximum": _limit("exclusiveMaximum", lambda node, limit: bool(node < limit)),
    "minLength": _size("minLength", str, True),
    "maxLength": _size("maxLength", str, False),
    "minItems": _size("minItems", list, True),
    "maxItems": _size("maxItems", list, False),
    "minProperties": _size("minProperties", dict, True),
    "maxProperties": _size("maxProperties", dict, False),
}
_COMPILERS: dict[str, _Compiler] = {}
_TESTS: dict[str, Test] = {}


def _compiler(file: str) -> _Compiler:
    if file not in _COMPILERS:
        _COMPILERS[file] = _Compiler(file)
    return _COMPILERS[file]


def fits(name: str, node: Any) -> bool:
    """Whether a document fits a schema, by its file name without `.schema.json`."""
    if name not in _TESTS:
        compiler = _compiler(name)
        _TESTS[name] = compiler.test(compiler.root)
    return _TESTS[name](node)


def fits_part(name: str, schema: Mapping[str, Any], node: Any) -> bool:
    """Whether a value fits a part of the schema of that name."""
    return bool(_compiler(name).test(schema)(node))
