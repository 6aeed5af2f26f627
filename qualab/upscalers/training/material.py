"""Training material: luma of clips and pictures with its low-resolution input, and patches of it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from qualab.errors import InputError
from qualab.media.codec_roundtrip import coded
from qualab.media.frames import Picture, Plane, Scaler, read_pictures, read_still
from qualab.media.probe import probe, refuse_unsupported

STILL_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
CLIP_SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".avi", ".y4m", ".ts", ".mpg", ".m4v", ".ogv", ".flv")
_SPACING_S = 0.3
_MIN_SAMPLED = 12
_MAX_LUMA = 1_200_000_000
_FLAT_CODES = 4.0
_TRIES = 8
# Reduced copies of clips and of pictures; clips are larger, and softer at their own size.
_ZOOMS = {False: (0.8, 0.67, 0.5), True: (0.8, 0.6)}
# Blur of the softened copies, in samples.
_SOFT = (0.3, 0.8)
_CODED_RUN = 8
_CODED_CRF = (16, 36)


@dataclass(frozen=True)
class Example:
    """One picture in two sizes: luma codes, `small` = swscale's bicubic of `large` at 1/scale, perhaps coded."""

    name: str
    still: bool
    large: Plane
    small: Plane


@dataclass(frozen=True)
class Material:
    """What weights learn from, and what is kept from them to see whether they learned.

    `pictures` and `frames` count what the training examples were made from.
    """

    training: tuple[Example, ...]
    held_back: tuple[Example, ...]
    pictures: int
    frames: int


@dataclass(frozen=True)
class Input:
    """How low-resolution input is made: shrunk by `scale`, and with `coded` then coded by H.264 at random CRF."""

    scale: int
    patch: int
    coded: bool
    generator: np.random.Generator

    @property
    def run(self) -> int:
        """How many pictures in a row make one example: a codec needs those before it."""
        return _CODED_RUN if self.coded else 1


def material_files(paths: Iterable[Path]) -> list[Path]:
    """Return the clips and pictures meant by `paths`: files as given, folders as the known files in them, sorted."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            known = STILL_SUFFIXES + CLIP_SUFFIXES
            files += sorted(file for file in path.iterdir() if file.suffix.lower() in known and file.is_file())
        else:
            files.append(path)
    if not files:
        raise InputError("clips", "hold no clip and no picture", "give clips, pictures or folders of them")
    return list(dict.fromkeys(files))


def shrink(picture: Picture, scale: int) -> tuple[Picture, Picture] | None:
    """Return the picture cut to a multiple of 2 x scale, and its bicubic at 1/scale; None where it is too small."""
    width, height = (side - side % (2 * scale) for side in (picture.width, picture.height))
    if min(width, height) // scale < 16:
        return None
    u, v = (chroma[: height // 2, : width // 2] for chroma in (picture.u, picture.v))
    cut = replace(picture, y=picture.y[:height, :width], u=u, v=v)
    return cut, Scaler((width, height), (width // scale, height // scale), "bicubic")(cut)


def read_material(
    files: Sequence[Path],
    *,
    scale: int,
    patch: int,
    coded: bool = False,
    generator: np.random.Generator,
    on_file: Callable[[int, int], None] = lambda done, total: None,
) -> Material:
    """Read pictures, and frames of clips about 0.3 s apart; hold back every eighth picture and each clip's end.

    All are also learned from at reduced sizes, where detail is finer than in the pictures themselves, and a little
    softened, so that a net does not sharpen what was never sharp. With `coded` the input is coded by H.264 at random
    CRF from 16 to 36. `on_file` is told files done and files in all.

    Raises:
        InputError: nothing in the files is large enough for a patch of `patch` input samples.
    """
    settings = Input(scale, patch, coded, generator)
    stills, clips = [], []
    room = _MAX_LUMA // len(files)
    for number, file in enumerate(files):
        on_file(number, len(files))
        if file.suffix.lower() in STILL_SUFFIXES:
            stills += _grouped(file.name, [_pan(read_still(file), settings.run)], settings, still=True)
        else:
            clips.append(_grouped(file.name, _spread_frames(file, room, settings.run), settings, still=False))
    held = stills[7::8] if len(stills) >= 8 else stills[-1:] if len(stills) >= 4 else []
    training = [group for group in stills if not any(group is held_group for held_group in held)]
    for groups in clips:
        kept = max(1, len(groups) // 10) if len(groups) >= 4 else 0
        training += groups[: len(groups) - kept]
        held += groups[len(groups) - kept :]
    if not training:
        raise InputError(files[0].name, "gives no usable patch", f"give pictures of {patch * scale} pixels or more")
    examples = tuple(example for group in training for example in group)
    pictures = sum(group[0].still for group in training)
    return Material(examples, tuple(group[0] for group in held), pictures, len(training) - pictures)


class Patches:
    """Random patches without end: two thirds from still pictures; turned, mirrored, half of them as negatives.

    Hardly any are flat. Negatives teach that a thin bright line is like a thin dark one.
    """

    def __init__(
        self, examples: Sequence[Example], *, scale: int, side: int, margin: int, generator: np.random.Generator
    ) -> None:
        self._scale, self._side, self._margin = scale, side, margin
        self._generator = generator
        kinds = ([e for e in examples if e.still], [e for e in examples if not e.still])
        self._kinds = [kind for kind in kinds if kind]

    def batch(self, count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return `count` inputs with `margin` samples around them, and the large patches that they should give."""
        pairs = [self._patch() for _ in range(count)]
        return np.stack([small for small, _ in pairs])[:, None], np.stack([large for _, large in pairs])[:, None]

    def _patch(self) -> tuple[Plane, Plane]:
        for _ in range(_TRIES):
            small, large = self._cut()
            # Every third sample is enough to see that nothing is there.
            if large[::3, ::3].std() >= _FLAT_CODES:
                break
        turn, mirror, negative = (int(self._generator.integers(count)) for count in (4, 2, 2))
        small, large = np.rot90(small, turn), np.rot90(large, turn)
        if negative:
            small, large = 255 - small, 255 - large
        return (small[:, ::-1], large[:, ::-1]) if mirror else (small, large)

    def _cut(self) -> tuple[Plane, Plane]:
        generator, scale = self._generator, self._scale
        kind = self._kinds[0 if generator.random() < 2 / 3 else -1]
        example = kind[int(generator.integers(len(kind)))]
        full = self._side + 2 * self._margin
        top, left = (int(generator.integers(length - full + 1)) for length in example.small.shape)
        row, column = ((start + self._margin) * scale for start in (top, left))
        size = self._side * scale
        return (
            example.small[top : top + full, left : left + full],
            example.large[row : row + size, column : column + size],
        )


def _grouped(name: str, runs: Iterable[Sequence[Picture]], settings: Input, *, still: bool) -> list[list[Example]]:
    """Return, per run of pictures, the examples of its last picture, the picture as it is first."""
    groups = ([Example(name, still, *pair) for pair in _pairs(run, still, settings)] for run in runs)
    return [group for group in groups if group]


def _pairs(run: Sequence[Picture], still: bool, settings: Input) -> Iterator[tuple[Plane, Plane]]:
    """Yield luma of the last picture of a run, large and small: as it is first, then softened, then both reduced."""
    for zoom in (1.0, *_ZOOMS[still]):
        reduced = [_reduced(picture, zoom) for picture in run]
        for pictures in (reduced, _softened(reduced, float(settings.generator.uniform(*_SOFT)))):
            pairs = [pair for picture in pictures if (pair := shrink(picture, settings.scale))]
            if pairs and min(pairs[-1][1].width, pairs[-1][1].height) >= settings.patch:
                small = [pair[1] for pair in pairs]
                yield pairs[-1][0].y.copy(), (_coded(small, settings) if settings.coded else small)[-1].y.copy()


def _coded(pictures: Sequence[Picture], settings: Input) -> list[Picture]:
    return coded(pictures, crf=int(settings.generator.integers(_CODED_CRF[0], _CODED_CRF[1] + 1)))


def _softened(pictures: Sequence[Picture], sigma: float) -> list[Picture]:
    """Return pictures with luma blurred by a Gaussian of `sigma` samples."""
    blurred = (gaussian_filter(picture.y.astype(np.float32), sigma) for picture in pictures)
    soft = (plane.round().astype(np.uint8) for plane in blurred)
    return [replace(picture, y=plane) for picture, plane in zip(pictures, soft, strict=True)]


def _reduced(picture: Picture, zoom: float) -> Picture:
    if zoom == 1.0:
        return picture
    size = (picture.width, picture.height)
    width, height = (max(2, int(side * zoom) // 2 * 2) for side in size)
    return Scaler(size, (width, height), "bicubic")(picture)


def _pan(still: Picture, count: int) -> list[Picture]:
    """Return `count` cut-outs of a picture that move over it by two samples each, the last one at its corner."""
    reach = 2 * (count - 1)
    width, height = still.width - reach, still.height - reach
    crops = []
    for left in range(0, reach + 1, 2):
        u, v = (chroma[left // 2 :, left // 2 :][: height // 2, : width // 2] for chroma in (still.u, still.v))
        crops.append(replace(still, y=still.y[left : left + height, left : left + width], u=u, v=v))
    return crops


def _spread_frames(file: Path, room: int, run: int) -> Iterator[list[Picture]]:
    """Yield runs of `run` frames that end 0.3 s apart: closer in short clips, further where room is short."""
    info = probe(file)
    refuse_unsupported(info, name=file.name)
    wanted = max(_MIN_SAMPLED, round(info.duration_s / _SPACING_S))
    fitting = room // (info.width * info.height)
    count = min(info.frames, wanted, max(1, fitting))
    chosen = set(np.linspace(0, info.frames - 1, count).round().astype(int).tolist())
    recent: deque[Picture] = deque(maxlen=run)
    for number, picture in enumerate(read_pictures(file, info, name=file.name, pix_fmt="yuv420p")):
        recent.append(picture)
        if number in chosen:
            yield list(recent)
