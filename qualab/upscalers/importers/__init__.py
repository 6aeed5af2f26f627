"""Readers of weights from elsewhere, by the ending of their file."""

from collections.abc import Callable
from pathlib import Path

from qualab.upscalers.importers.importer import Imported, Wanted
from qualab.upscalers.importers.readers import read_ncnn, read_pickled, read_safetensors

__all__ = ["IMPORTERS", "Imported", "Wanted"]

IMPORTERS: dict[str, Callable[[Path, Wanted], Imported]] = {
    ".param": read_ncnn,
    ".bin": read_ncnn,
    ".safetensors": read_safetensors,
    ".pth": read_pickled,
    ".pt": read_pickled,
    ".ckpt": read_pickled,
}
