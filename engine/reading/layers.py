"""Directories of knowledge: the built-in one and what is laid over it, file by file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import BadInput
from .diagnostic import Diagnostic
from .files import MAX_CSV_BYTES, TooLarge, listing, raw_bytes, unreadable
from .place import Place

LISTS = ("rules", "claims")
"""Folders whose files hold a list; the files of all others hold one entry."""
_MAX_YAML_BYTES = 1 << 20
BUILT_IN = "knowledge"


class Source(NamedTuple):
    """One file as found: `kind` is its folder, `key` its name; a file at the top is a kind with one entry."""

    label: str
    name: str
    kind: str
    key: str
    path: str
    raw: bytes
    sha256: str

    @property
    def file(self) -> str:
        """Name to show."""
        return f"{self.label}/{self.name}"


class Layer(NamedTuple):
    """A directory of knowledge as found at one moment."""

    label: str
    sources: tuple[Source, ...]
    problems: tuple[Diagnostic, ...]


def find_layer(root: Path, label: str) -> Layer:
    """All files of a directory with their bytes and digests; tables (CSV) are digested and not kept."""
    files, problems = listing(root, label)
    sources: list[Source] = []
    for name, path in files:
        kind, key, misplaced = _shelf(name, label)
        if misplaced is not None:
            problems.append(misplaced)
            continue
        try:
            raw = raw_bytes(path, _MAX_YAML_BYTES if name.endswith(".yaml") else MAX_CSV_BYTES)
        except (OSError, TooLarge) as error:
            problems.append(_refusal(error, f"{label}/{name}"))
            continue
        digest = hashlib.sha256(raw).hexdigest()
        sources.append(Source(label, name, kind, key, path, raw if name.endswith(".yaml") else b"", digest))
    return Layer(label, tuple(sources), tuple(problems))


def _shelf(name: str, label: str) -> tuple[str, str, Diagnostic | None]:
    folder, _, rest = name.rpartition("/")
    stem = rest.rsplit(".", 1)[0]
    if "/" in folder:
        hint = f"move the file to {folder.split('/')[0]}/"
        problem = Diagnostic(
            "Y007", "folders inside a folder of knowledge are not read", Place(f"{label}/{name}"), hint
        )
        return "", "", problem
    return folder or stem, stem, None


def _refusal(error: OSError | TooLarge, file: str) -> Diagnostic:
    if isinstance(error, OSError):
        return unreadable(error, file)
    return Diagnostic("Y018", f"the file has {error.size:,} bytes; that is more than is read", Place(file), "split it")


def find_layers(base: Path, overlays: Iterable[Path | str]) -> list[Layer]:
    """The built-in knowledge and the overlays in the order given. Raises BadInput where one is no directory."""
    layers = [find_layer(_directory(base), BUILT_IN)]
    for overlay in overlays:
        root = _directory(Path(overlay))
        layers.append(find_layer(root, _label(root, [layer.label for layer in layers])))
        _check_folders(layers)
    return layers


def _label(root: Path, taken: Sequence[str]) -> str:
    """The overlay's path as given; a second one of the same name is told apart by a `./` in front."""
    label = root.as_posix()
    while label in taken:
        label = "./" + label
    return label


def _directory(path: Path) -> Path:
    if not path.is_dir():
        hint = "give a directory with folders as in knowledge/: gpus/, models/, prices/ …"
        raise BadInput("no directory of knowledge there", where=path.as_posix(), hint=hint)
    return path


def _check_folders(layers: Sequence[Layer]) -> None:
    known = {source.kind for source in layers[0].sources}
    for source in layers[-1].sources:
        if known and source.kind not in known:
            import difflib

            near = difflib.get_close_matches(source.kind, sorted(known), 1)
            hint = f"did you mean {near[0]}?" if near else f"known folders: {', '.join(sorted(known))}"
            raise BadInput(f"no kind of knowledge is called '{source.kind}'", where=source.file, hint=hint)


def content_key(layers: Sequence[Layer], salt: str = "") -> str:
    """Digest over the names and the content of all files; salt: what else the compiled form depends on."""
    total = hashlib.sha256(salt.encode())
    for layer in layers:
        for source in layer.sources:
            total.update(f"{source.label}\0{source.name}\0{source.sha256}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def expected(kind: str, node: Any, file: str) -> Diagnostic | None:
    """The finding that a file holds something other than an entry or a list of them."""
    wanted, words = (
        (list, "a list (each item starts with `- `)") if kind in LISTS else (dict, "a mapping (`field: value`)")
    )
    if isinstance(node, wanted) or (kind == "conclusions" and isinstance(node, list)):
        return None
    place = Place(file)
    return Diagnostic("Y019", f"the file must be {words}, and is {_shape(node)}", place, "see a file beside it")


def _shape(node: Any) -> str:
    if isinstance(node, dict):
        return "a mapping"
    return "a list" if isinstance(node, list) else f"`{str(node)[:40]}`"
