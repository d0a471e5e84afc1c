"""YAML text to mappings and lists that know their places: every problem collected, no recursion, no surprises.

The builder takes PyYAML's parser events, from libyaml where it is there and from the pure parser otherwise, and
accepts the part of YAML on which all readers agree: no anchors, aliases, merge keys, tags, directives or several
documents, string keys only, each once, and no plain scalar that YAML 1.1 and 1.2 read differently.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .characters import decode, forbidden_in
from .diagnostic import Diagnostic, Fix, Note, ReadingErrors
from .limits import DEFAULT, Limits
from .place import Map, Place, Seq, Span, place_of
from .scalars import Ambiguous, key_is_text, plain_scalar
from .syntax import syntax_problem

_REREAD_CHARACTERS = 1 << 16
_NO_KEY = object()
_SKIPPED = object()


def read_yaml(source: Path | str | bytes, file: str | None = None, limits: Limits = DEFAULT) -> Any:
    """The document in a file (Path) or a text (str, bytes) as Map, Seq or scalar.

    file: the name to use in places; the path itself by default. Raises ReadingErrors with every problem found.
    """
    if isinstance(source, Path):
        from .files import read_bytes

        name = file or source.as_posix()
        source = read_bytes(source, name, limits.bytes)
    else:
        name = file or "<text>"
    node, problems = parse(source, name, limits)
    if problems:
        raise ReadingErrors(problems)
    return node


def parse(source: str | bytes, file: str, limits: Limits = DEFAULT) -> tuple[Any, list[Diagnostic]]:
    """The document and everything wrong with it; the document is what could be read, None where nothing could."""
    raw = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if len(raw) > limits.bytes:
        return None, [_too_large(len(raw), limits, file)]
    text, problems = decode(raw, file)
    if problems:
        return None, problems[: limits.problems]
    node, found = _build(text, file, limits)
    if not found and node is None:
        return None, [Diagnostic("Y019", "the file is empty", Place(file), "write the fields, `schema: 1` first")]
    return node, found


def _build(text: str, file: str, limits: Limits) -> tuple[Any, list[Diagnostic]]:
    from .parsers import FAST, PURE

    builder = Builder(file, limits)
    builder.run(text, FAST)
    if builder.syntax_error and FAST is not PURE and len(text) <= _REREAD_CHARACTERS:
        second = Builder(file, limits)
        second.run(text, PURE)
        builder = second if second.problems else builder
    return builder.root, builder.problems


def _too_large(size: int, limits: Limits, file: str) -> Diagnostic:
    message = f"the file has {size:,} bytes; at most {limits.bytes:,} are read"
    return Diagnostic("Y018", message, Place(file), "split it, or keep measurements in CSV")


class _Stop(Exception):
    """The rest of the document is not read."""


class _Frame:
    """A container being filled. key: the key whose value comes next."""

    __slots__ = ("node", "is_map", "key", "key_at")

    def __init__(self, node: Map | Seq) -> None:
        self.node = node
        self.is_map = isinstance(node, Map)
        self.key: Any = _NO_KEY
        self.key_at: Span = (0, 0, 0, 0)


class Builder:
    """Parser events to nodes, with a stack of its own."""

    def __init__(self, file: str, limits: Limits) -> None:
        self.file, self.limits = file, limits
        self.problems: list[Diagnostic] = []
        self.root: Any = None
        self.syntax_error = False
        self.stack: list[_Frame] = []
        self.nodes = 0
        self.documents = 0

    def run(self, text: str, parser: Any) -> None:
        """Read the whole text with a PyYAML parser class; problems stay in `problems`."""
        import yaml

        source = parser(text)
        try:
            while (event := source.get_event()) is not None:
                take = _TAKE.get(event.__class__.__name__)
                if take is not None:
                    take(self, event)
        except _Stop:
            pass
        except yaml.YAMLError as error:
            self.syntax_error = True
            self.problems.append(syntax_problem(error, text, self.file))
        finally:
            source.dispose()

    def _alias(self, event: Any) -> None:
        at = _span(event)
        self._refuse("Y014", f"an alias (`*{event.anchor}`)", at, "write the value out; each file stands alone")
        self._place_value(None, at)

    def _document(self, event: Any) -> None:
        self.documents += 1
        at = _span(event)
        if self.documents > 1:
            self._refuse("Y016", "a second document in one file", at, "one file holds one entry; delete the `---`")
            raise _Stop
        if event.version or event.tags:
            self._refuse("Y013", "a YAML directive (`%…`)", at, "delete the line")

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark, event.end_mark
        at = (start.line, start.column, end.line, end.column)
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            self._too_many(at)
        top = self.stack[-1] if self.stack else None
        if event.anchor is not None or event.tag is not None:
            self._decorated(event, at)
        if top is not None and top.key is _NO_KEY and top.is_map:
            self._key(top, event, at)
        else:
            self._place_value(self._value(event, at), at)

    def _value(self, event: Any, at: Span) -> Any:
        text: str = event.value
        if event.style or event.tag is not None:
            hidden = forbidden_in(text) if event.style == '"' else None
            if hidden:
                self._refuse("Y004", f"{hidden} in the value", at, "write visible characters only")
            return text
        try:
            return plain_scalar(text)
        except Ambiguous as ambiguous:
            self._refuse("Y010", ambiguous.message, at, ambiguous.hint, _replacement(at, ambiguous.sure))
            return text

    def _key(self, top: _Frame, event: Any, at: Span) -> None:
        text: str = _SEEN_KEYS.get(event.value) or event.value
        top.key_at = at
        top.key = text
        plain = not event.style and event.tag is None
        if plain and text == "<<":
            self._refuse("Y014", "a merge key (`<<`)", at, "write the fields out; each file stands alone")
            top.key = _SKIPPED
        elif plain and text not in _SEEN_KEYS and not _known_text(text):
            shown = text if text else "(empty)"
            hint = f'quote it: "{text}"' if text else "write a name before the colon"
            if text.isdigit():
                hint = f'if it is the rest of a number with a comma, write the number without; else quote it: "{text}"'
            self._refuse("Y012", f"the key `{shown[:40]}` is not text to every YAML reader", at, hint)
        elif event.style == '"' and (hidden := forbidden_in(text)):
            self._refuse("Y004", f"{hidden} in the key", at, "write visible characters only")
        if top.key is not _SKIPPED and text in top.node:
            self._duplicate(top, text, at)

    def _duplicate(self, top: _Frame, key: str, at: Span) -> None:
        assert isinstance(top.node, Map)
        first = top.node.key_place(key)
        message = f"duplicate key `{key[:40]}` (first used on line {first.line})"
        hint = "delete or rename one of them; PyYAML would silently keep the last"
        self._refuse("Y011", message, at, hint, notes=(Note(first, "first used here"),))
        top.key = _SKIPPED

    def _open(self, event: Any) -> None:
        at = _span(event)
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            self._too_many(at)
        if len(self.stack) >= self.limits.depth:
            message = f"nested more than {self.limits.depth} levels deep"
            self._refuse("Y015", message, at, "no knowledge file needs more than six levels; look for stray brackets")
            raise _Stop
        if event.anchor is not None or event.tag is not None:
            self._decorated(event, at)
        node = (Map if event.__class__.__name__[0] == "M" else Seq)(self.file, at)
        top = self.stack[-1] if self.stack else None
        if top is not None and top.key is _NO_KEY and top.is_map:
            self._refuse(
                "Y012", "a key that is a mapping or a list", at, "keys are names; quote text that holds brackets"
            )
            top.key, top.key_at = _SKIPPED, at
            self.stack.append(_Frame(node))
            return
        self._place_value(node, at)
        self.stack.append(_Frame(node))

    def _close(self, event: Any) -> None:
        frame = self.stack.pop()
        mark = event.end_mark
        node = frame.node
        node.at = (*node.at[:2], mark.line, mark.column)
        if not self.stack:
            return
        parent = self.stack[-1].node
        if isinstance(parent, Seq):
            parent.values_at[-1] = node.at
        else:
            newest = next(reversed(parent), None)
            if newest is not None and parent[newest] is node:
                parent.values_at[newest] = node.at

    def _place_value(self, value: Any, at: Span) -> None:
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        node, key = top.node, top.key
        if isinstance(node, Seq):
            node.append(value)
            node.values_at.append(at)
        elif key is _NO_KEY:
            self._refuse("Y012", "a key that is an alias", at, "write the name out")
            top.key = _SKIPPED
        else:
            if key is not _SKIPPED:
                node[key] = value
                node.keys_at[key] = top.key_at
                node.values_at[key] = at
            top.key = _NO_KEY

    def _decorated(self, event: Any, at: Span) -> None:
        if event.anchor is not None:
            self._refuse("Y014", f"an anchor (`&{event.anchor}`)", at, "write the value out where it is needed")
        if event.tag is not None:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse("Y013", f"a tag (`{shown[:60]}`)", at, "delete it; quote the value if it is text")

    def _too_many(self, at: Span) -> None:
        message = f"more than {self.limits.nodes:,} values in one file"
        self._refuse("Y017", message, at, "split it, or keep measurements in CSV")
        raise _Stop

    def _refuse(
        self, code: str, message: str, at: Span, hint: str, fix: Fix | None = None, notes: tuple[Note, ...] = ()
    ) -> None:
        self.problems.append(Diagnostic(code, message, place_of(self.file, at), hint, notes=notes, fix=fix))
        if len(self.problems) >= self.limits.problems:
            raise _Stop


_TAKE: dict[str, Callable[[Builder, Any], None]] = {
    "ScalarEvent": Builder._scalar,
    "MappingStartEvent": Builder._open,
    "SequenceStartEvent": Builder._open,
    "MappingEndEvent": Builder._close,
    "SequenceEndEvent": Builder._close,
    "AliasEvent": Builder._alias,
    "DocumentStartEvent": Builder._document,
}
_SEEN_KEYS: dict[str, str] = {}
"""Short keys that are known to be text to every reader: the fields of knowledge are few and stand in every file."""
_MOST_KEYS, _LONGEST_KEY = 4096, 40


def _known_text(text: str) -> bool:
    if not key_is_text(text):
        return False
    if len(text) <= _LONGEST_KEY and len(_SEEN_KEYS) < _MOST_KEYS:
        _SEEN_KEYS[text] = text
    return True


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return (start.line, start.column, end.line, end.column)


def _replacement(at: Span, text: str | None) -> Fix | None:
    if text is None:
        return None
    return Fix(at[0] + 1, at[1] + 1, at[2] + 1, at[3] + 1, text, f"write {text}")
