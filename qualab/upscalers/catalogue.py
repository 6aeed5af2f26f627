"""Finding an upscaler by its name: the classic ones, every folder of weights, and what other packages carry."""

from pathlib import Path

from qualab.errors import InputError
from qualab.study.ids import nearest
from qualab.study.terms import CLASSIC_UPSCALERS
from qualab.upscalers.bundled import ACNET, PACKAGED, Packaged, packaged
from qualab.upscalers.classic import ClassicUpscaler
from qualab.upscalers.inventory import weights
from qualab.upscalers.upscaler import Upscaler

UPSCALERS: dict[str, Upscaler] = {name: ClassicUpscaler(name) for name in CLASSIC_UPSCALERS}


def load(name: str, *, device: str = "auto") -> Upscaler:
    """Return the upscaler `name`: a classic one, weights from a folder of models/ or another package's.

    `device` is auto, cpu or cuda; classic upscalers and Anime4K's run on the CPU in any case.

    >>> load("bicubic").identity()["kind"]
    'classic'

    Raises:
        InputError: there is no such upscaler, or no such device name.
        ConfigError: its card or weights are wrong; no pickled file is ever opened.
        ToolMissing: `device`, or the package that carries the weights, is not there.
    """
    if name in UPSCALERS:
        return UPSCALERS[name]
    sources: dict[str, Path | Packaged] = {**packaged(), **weights()}
    # Known, though its package may not be here, which its path then says.
    source = sources.get(name) or PACKAGED.get(name)
    if source is None:
        raise InputError(f"upscaler '{name[:80]}'", "does not exist", nearest(name[:80], [*UPSCALERS, *sources]))
    if isinstance(source, Packaged) and source.architecture == ACNET:
        from qualab.upscalers.anime4k import Anime4kUpscaler

        return Anime4kUpscaler(source)
    # Loading torch takes seconds, which the others need not wait for.
    from qualab.upscalers.network import NetworkUpscaler

    return NetworkUpscaler(source, device=device)
