"""Models as people have them, as entries of knowledge/models: a config.json, a .gguf file, a gguf-dump of one."""

from __future__ import annotations

import re
from pathlib import Path

from ...errors import BadInput
from ..pasted import paste_of_file
from .gguf import Header, Tensor, read_header
from .gguf_dump import read_dump
from .gguf_model import model_of
from .hf_config import MOST_BYTES, read_config
from .model_read import ModelRead, TensorBytes
from .safetensors import add_weights, weights_of
from .safetensors_index import total_of

CONFIGS = ("config.json", "params.json")


def read_model(path: Path) -> ModelRead:
    """A model out of a file, told apart by content; a folder stands for its config.json and its safetensors files.

    A folder without config.json may hold one GGUF model.

    Raises BadInput when the file is neither, is damaged, or describes no language model.
    """
    if path.is_dir():
        return _of_folder(path)
    try:
        with path.open("rb") as opened:
            start = opened.read(4)
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror}", where=str(path)) from error
    if start == b"GGUF" or path.suffix.lower() == ".gguf":
        return _with_projector(model_of(read_header(path), str(path)), path)
    if path.stat().st_size > MOST_BYTES:
        raise BadInput("neither a GGUF file nor a config.json: too large for one", where=str(path))
    dump = read_dump(paste_of_file(path))
    return model_of(dump, str(path)) if dump is not None else read_config(path)


def _with_projector(found: ModelRead, path: Path) -> ModelRead:
    """A model with the part for pictures that lies beside its file: counted where there is one, for engines load it."""
    beside = [file for file in sorted(path.parent.glob("*mmproj*.gguf"))[:100] if file != path]
    if not beside:
        return found
    sizes = [tensor.size for tensor in read_header(beside[0]).tensors]
    if len(beside) > 1 or found.bytes is None or None in sizes:
        found.unread.append(f"vision: {', '.join(file.name for file in beside[:4])} beside it is not counted")
        return found
    found.bytes.towers += sum(size or 0 for size in sizes)
    found.read.append(f"{found.bytes.towers / 1e9:.2f} GB for pictures in {beside[0].name}, counted")
    return found


def _of_folder(folder: Path) -> ModelRead:
    config = next((file for name in CONFIGS if (file := folder / name).is_file()), None)
    if config is None:
        files = [file for file in sorted(folder.glob("*.gguf"))[:1000] if "mmproj" not in file.name.lower()]
        first = [file for file in files if not re.search(r"-of-\d{5}\.gguf$", file.name) or "-00001-of-" in file.name]
        if len(first) != 1:
            told = ", ".join(file.name for file in first[:8]) or "none"
            raise BadInput(
                "the folder has no config.json and not one GGUF model", where=str(folder), hint=f"GGUF files: {told}"
            )
        return read_model(first[0])
    found = read_config(config)
    weights = weights_of(folder)
    if weights:
        add_weights(found, weights)
    else:
        found.stored = total_of(folder)
    return found


__all__ = ["Header", "ModelRead", "Tensor", "TensorBytes", "read_config", "read_dump", "read_header", "read_model"]
