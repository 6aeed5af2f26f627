"""ncnn's pairs of files as nets."""

from pathlib import Path

from qualab.errors import ConfigError
from qualab.upscalers.importers import realesrgan, waifu2x
from qualab.upscalers.importers.importer import ANY, Imported, Wanted
from qualab.upscalers.importers.ncnn_layers import read_layers


def read_ncnn(path: Path, wanted: Wanted = ANY) -> Imported:
    """Return the net of a .param/.bin pair; ConfigError where it is none of upconv_7, cunet and SRVGGNetCompact."""
    layers = read_layers(path)
    imported = waifu2x.recognise(layers) or realesrgan.recognise(layers)
    if imported is None:
        known = "waifu2x' upconv_7 and cunet, and SRVGGNetCompact, are read from ncnn's files"
        raise ConfigError(path.name, "is a net that is not known", f"give its .pth or .safetensors file; {known}")
    return imported
