"""Models as people have them, as entries of knowledge/models: a config.json, a .gguf file, a gguf-dump of one."""

from __future__ import annotations

from pathlib import Path

from ...errors import BadInput
from ..pasted import paste_of_file
from .gguf import Header, Tensor, read_header
from .gguf_dump import read_dump
from .gguf_model import model_of
from .hf_config import MOST_BYTES, read_config
from .model_read import ModelRead, TensorBytes


def read_model(path: Path) -> ModelRead:
    """A model out of a file, told apart by content; a folder stands for the config.json in it.

    Raises BadInput when the file is neither, is damaged, or describes no language model.
    """
    if path.is_dir():
        path = path / "config.json"
    try:
        with path.open("rb") as opened:
            start = opened.read(4)
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror}", where=str(path)) from error
    if start == b"GGUF" or path.suffix.lower() == ".gguf":
        return model_of(read_header(path), str(path))
    if path.stat().st_size > MOST_BYTES:
        raise BadInput("neither a GGUF file nor a config.json: too large for one", where=str(path))
    dump = read_dump(paste_of_file(path))
    return model_of(dump, str(path)) if dump is not None else read_config(path)


__all__ = ["Header", "ModelRead", "Tensor", "TensorBytes", "read_config", "read_dump", "read_header", "read_model"]
