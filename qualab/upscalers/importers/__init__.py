"""Readers of weights from elsewhere, by the kind of their file."""

from collections.abc import Mapping

from qualab.upscalers.importers.importer import Importer

_HERE = "qualab.upscalers.importers"

IMPORTERS: Mapping[str, Importer] = {
    "ncnn": Importer((".param", ".bin"), "ncnn's pair of files", f"{_HERE}.ncnn:read_ncnn", is_set=True),
    "safetensors": Importer((".safetensors",), "safetensors", f"{_HERE}.safetensors:read_safetensors"),
    "pickled": Importer((".pth", ".pt", ".ckpt"), "pickled tensors", f"{_HERE}.pickled:read_pickled"),
}
