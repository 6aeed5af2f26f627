"""What an upscaler gains over swscale on pictures whose full size is known, in PSNR-Y."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qualab.errors import InputError
from qualab.media.frames import Picture, Plane, Scaler, read_pictures
from qualab.media.probe import ClipInfo, probe, refuse_unsupported
from qualab.upscalers.training.material import shrink
from qualab.upscalers.upscaler import Upscaler

BASELINES = ("bicubic", "lanczos")
# Two equal pictures: what 60 dB means for 8 bits is a tenth of them being one code off.
_CAP_DB = 60.0


def mean_square_error(picture: Plane, reference: Plane) -> float:
    """Return the mean squared difference of two luma planes, in codes squared."""
    difference = picture.astype(np.int16) - reference
    return float(np.square(difference, dtype=np.int32).mean())


def psnr(error: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the PSNR of mean squared errors of 8-bit codes, in dB, at most 60."""
    floor = 255.0**2 / 10 ** (_CAP_DB / 10)
    return np.asarray(10 * np.log10(255.0**2 / np.maximum(error, floor)))


def gain_table(name: str, errors: dict[str, list[float]], *, held_out: str) -> dict[str, object]:
    """Return a card's gain entry from each frame's mean squared error by `upscaler`, `bicubic` and `lanczos`.

    `over_*` compares means of the frames' dB, `pooled_over_*` the PSNR of the mean squared error of all frames.
    """
    frames = {method: float(psnr(np.asarray(values)).mean()) for method, values in errors.items()}
    pooled = {method: float(psnr(float(np.mean(values)))) for method, values in errors.items()}
    table: dict[str, object] = {"clip": name, "metric": "psnr_y", "unit": "dB"}
    table["value"] = round(frames["upscaler"], 3)
    for method in BASELINES:
        table[f"over_{method}"] = round(frames["upscaler"] - frames[method], 3)
    for method in BASELINES:
        table[f"pooled_over_{method}"] = round(pooled["upscaler"] - pooled[method], 3)
    return table | {"frames": len(errors["upscaler"]), "held_out": held_out}


def measure_gain(
    upscaler: Upscaler, clip: Path, *, scale: int = 2, every: int = 1, held_out: str = "clip never trained on"
) -> dict[str, object]:
    """Return the gain on every `every`-th frame of a clip: each shrunk by swscale's bicubic, enlarged, compared.

    The pictures compared are 8-bit, as the pipeline writes them. A card's `gain` takes the table as it is.

    Raises:
        InputError: the clip is too small to be shrunk.
    """
    info = probe(clip)
    refuse_unsupported(info, name=clip.name)
    errors: dict[str, list[float]] = {"upscaler": [], **{method: [] for method in BASELINES}}
    for large, small in _shrunk(clip, info, scale, every):
        size = (large.width, large.height)
        (enlarged,) = upscaler.upscale([small], target=size)
        errors["upscaler"].append(mean_square_error(enlarged.y, large.y))
        for method, error in baseline_errors(large, small).items():
            errors[method].append(error)
    return gain_table(clip.stem, errors, held_out=held_out)


def baseline_errors(large: Picture, small: Picture) -> dict[str, float]:
    """Return the mean squared luma error of swscale's bicubic and lanczos enlarging `small` to the size of `large`."""
    source, target = (small.width, small.height), (large.width, large.height)
    return {method: mean_square_error(Scaler(source, target, method)(small).y, large.y) for method in BASELINES}


def _shrunk(clip: Path, info: ClipInfo, scale: int, every: int) -> Iterator[tuple[Picture, Picture]]:
    pictures: Iterable[Picture] = read_pictures(clip, info, name=clip.name, pix_fmt="yuv420p")
    for number, picture in enumerate(pictures):
        if number % every == 0:
            pair = shrink(picture, scale)
            if pair is None:
                raise InputError(clip.name, f"is {info.width}x{info.height} pixels", f"too small for x{scale}")
            yield pair
