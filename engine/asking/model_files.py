"""A model that is named by a file: read, and lent to the knowledge for the question at hand."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..grounding.slices import with_slices

if TYPE_CHECKING:
    from ..measuring.models import ModelRead, TensorBytes
    from ..reading import Knowledge

Scenario = dict[str, Any]
Told = dict[str, Any]
FILES = (".json", ".gguf", ".safetensors", ".txt")
SHAPE = (
    "architecture", "layers", "hidden", "query_heads", "kv_heads", "head_dim", "intermediate",
    "tied_embeddings", "moe", "mla", "attention",
)  # fmt: skip
UNTYPED = "bf16"
"""What engines load a checkpoint as that declares neither a quantization nor a type: 16 bit for each weight."""
SAME_TOTAL = 0.002
"""Largest relative difference of the parameter counts of two models of one shape, for biases and norms, and of
the rows of their embeddings, for padding."""


def with_model_file(
    asked: Scenario, knowledge: Knowledge, beside: Path | None = None
) -> tuple[Scenario, Knowledge, Told | None]:
    """The scenario with keys in place of a path and of slices, the knowledge with them, and what was read of the file.

    beside: directory that relative paths may be meant from, besides the current one. A scenario whose model is no
    path comes back as it is. Raises BadInput where the file is no model.
    """
    asked, knowledge = with_slices(asked, knowledge)
    workload = asked.get("workload")
    name = workload.get("model") if isinstance(workload, Mapping) else None
    path = model_path(name, beside) or _folder_called(name, beside, knowledge)
    if path is None:
        return asked, knowledge, None
    from ..measuring.models import read_model

    found = read_model(path)
    key, same = _key(found, path, knowledge)
    quantization = _quantization(asked["workload"], found, knowledge)
    entry = _entry(found, quantization, knowledge.entries["models"][key] if same else None, knowledge)
    given = {**asked, "workload": {**asked["workload"], "model": key}}
    if quantization and not given["workload"].get("quantization"):
        given["workload"]["quantization"] = quantization
    told = {
        "path": str(path), "key": key, "same_as": key if same else None, "quantization": found.quantization,
        "bytes": found.bytes.total if found.bytes else None, "read": found.read, "unread": found.unread,
        "entry": entry,
    }  # fmt: skip
    return given, knowledge.lent("models", key, entry, str(path)), told


def model_path(name: object, beside: Path | None = None) -> Path | None:
    """The file or folder that the name of a model means; None where it is a name.

    Raises BadInput for what can only be a path and is not there.
    """
    if not isinstance(name, str) or not name or "\0" in name or len(name) > 4096:
        return None
    looks_like_one = name.lower().endswith(FILES) or name.startswith(("./", "../", "/", "~"))
    if not looks_like_one and os.sep not in name:
        return None
    path = Path(name).expanduser()
    places = [path] if path.is_absolute() or beside is None else [path, beside / path]
    for place in places:
        if place.is_file() or (place.is_dir() and (looks_like_one or (place / "config.json").is_file())):
            return place
    if looks_like_one:
        raise BadInput(
            f"there is no file '{name}'", where="workload.model",
            hint="name a config.json, its folder, a .gguf file, or a model of `rigwise list models`",
        )  # fmt: skip
    return None


def _folder_called(name: object, beside: Path | None, knowledge: Knowledge) -> Path | None:
    """The folder of a model under a name that is no path and that the knowledge has not, such as `m4` for `./m4`."""
    if not isinstance(name, str) or not re.fullmatch(r"[\w.+-]+", name) or _known(name, knowledge) is not None:
        return None
    places = [Path(name), *([beside / name] if beside else [])]
    return next((one for one in places if (one / "config.json").is_file() or any(one.glob("*.gguf"))), None)


def _key(found: ModelRead, path: Path, knowledge: Knowledge) -> tuple[str, bool]:
    """A key for the model, and whether it is that of an entry with the same shape."""
    models = knowledge.entries["models"]
    name = str(found.entry.get("name") or _name_of(path))
    found.entry["name"] = name
    like = [key for key in sorted(models) if found.known and _alike(found.entry, models[key])]
    named = _known(name, knowledge)
    if like:
        return (named if named in like else like[0]), True
    key = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "model"
    key = key if key[0].isalpha() else f"model_{key}"
    return (f"{key}_of_file" if key in models else key), False


def _alike(entry: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether two entries have one shape and, but for biases and norms, the same number of parameters."""
    if any(_plain(entry.get(name)) != _plain(known.get(name)) for name in SHAPE):
        return False
    rows = [one.get("vocabulary") or 0 for one in (entry, known)]
    if abs(rows[0] - rows[1]) > SAME_TOTAL * rows[1]:
        return False
    own, other = (one.get("parameters", {}).get("total") for one in (entry, known))
    return bool(own and other) and abs(own - other) <= SAME_TOTAL * other


def _plain(value: Any) -> Any:
    """A value of the shape; what is nothing and what is not said are alike."""
    if isinstance(value, Mapping):
        return {name: inner for name, inner in value.items() if inner} or None
    return value or None


def _known(name: str, knowledge: Knowledge) -> str | None:
    try:
        return knowledge.find("models", name)
    except BadInput:
        return None


def _name_of(path: Path) -> str:
    """The name of a model by where its file lies; in a download cache by the repository there."""
    cached = next((part for part in reversed(path.parts) if part.startswith("models--")), None)
    if cached:
        return cached.rsplit("--", 1)[-1]
    if path.name in ("config.json", "params.json"):
        return path.resolve().parent.name or "model"
    return path.name if path.is_dir() else path.stem


def _quantization(workload: Mapping[str, Any], found: ModelRead, knowledge: Knowledge) -> str | None:
    """The quantization of the file: what it says itself, or what is asked for where it does not say."""
    asked = workload.get("quantization")
    named = isinstance(asked, str) and not asked.startswith("auto")
    if found.quantization is None and found.strange is None and found.bytes is None:
        found.read.append("no quantization and no type declared: taken as 16 bit for each weight")
        found.quantization = UNTYPED
    if found.quantization in knowledge.entries["quantizations"]:
        return found.quantization
    if found.quantization:
        found.strange = found.quantization
        found.unread.append(
            f"quantization: '{found.quantization}' is not known; give one of `rigwise list quantizations`"
        )
    if named:
        return knowledge.find("quantizations", str(asked))
    if found.strange:
        raise BadInput(
            f"its quantization '{found.strange}' is not known in this form, so that its weights cannot be counted",
            where="workload.model",
            hint="say with --quant which of `rigwise list quantizations` to count it as, or add it: rigwise add",
        )
    return None


def _entry(
    found: ModelRead, quantization: str | None, same: Mapping[str, Any] | None, knowledge: Knowledge
) -> dict[str, Any]:
    own: dict[str, Any] = {
        name: found.entry[name] for name in ("vocabulary", "parameters", "max_context") if same and name in found.entry
    }
    entry = {"schema": 1, "aliases": [], "sources": [], **found.entry, **(same or {}), **own}
    if not found.known and entry.pop("parameters", None):
        found.unread.append("speed and fit: what layers of an architecture that is not known do for a token")
    size = found.bytes or _by_index(found, entry, knowledge.entries["quantizations"].get(quantization or ""))
    if found.towers:
        _tell_towers(found, size)
    if size and quantization:
        entry["file"] = {
            "quantization": quantization, "body_bytes": size.body, "expert_bytes": size.experts,
            "head_bytes": size.head, "embedding_bytes": size.embedding, "tower_bytes": size.towers,
        }  # fmt: skip
    return entry


def _tell_towers(found: ModelRead, size: TensorBytes | None) -> None:
    """Whether the parts for pictures and sound are among the bytes that were counted."""
    named = ", ".join(found.towers)
    if size is None:
        found.unread.append(f"{named}: the config tells no size of it, so that its weights are not counted")
    elif size.towers:
        found.read.append(f"{named}: {size.towers / 1e9:.2f} GB, counted")
    else:
        found.read.append(f"{named}: within the bytes of the file, not told apart from the language model")


def _by_index(found: ModelRead, entry: Mapping[str, Any], form: Mapping[str, Any] | None) -> TensorBytes | None:
    """The bytes that the index of a checkpoint tells, by part; None where it has none or contradicts the shape."""
    if found.stored is None or form is None or found.quantization is None or not entry.get("parameters"):
        return None
    from ..measuring.models.safetensors_index import parted

    told, size = f"{found.stored / 1e9:.2f} GB of weights by its index", parted(found.stored, entry["parameters"], form)
    if size is None:
        found.unread.append(f"{told}: less than {form['name']} takes for its shape, and not used")
    else:
        found.read.append(told)
        found.bytes = size
    return size
