"""Training material: luma of clips and pictures with its low-resolution input, and patches of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qualab.errors import InputError
from qualab.media.frames import Picture, Plane, Scaler, read_pictures, read_still
from qualab.media.probe import probe, refuse_unsupported

STILL_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
CLIP_SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".avi", ".y4m", ".ts", ".mpg", ".m4v", ".ogv", ".flv")
_SPACING_S = 0.3
_MIN_SAMPLED = 12
_MAX_LUMA = 1_200_000_000
_FLAT_CODES = 4.0
_TRIES = 8


@dataclass(frozen=True)
class Example:
    """One picture in two sizes: luma codes, `small` = swscale's bicubic of `large` at 1/scale."""

    name: str
    still: bool
    large: Plane
    small: Plane


@dataclass(frozen=True)
class Material:
    """What weights learn from, and what is kept from them to see whether they learned."""

    training: tuple[Example, ...]
    held_back: tuple[Example, ...]


def material_files(paths: Iterable[Path]) -> list[Path]:
    """Return the clips and pictures meant by `paths`: files as given, folders as the known files in them, sorted."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            known = STILL_SUFFIXES + CLIP_SUFFIXES
            found += sorted(file for file in path.iterdir() if file.suffix.lower() in known and file.is_file())
        else:
            found.append(path)
    if not found:
        raise InputError("clips", "hold no clip and no picture", "give clips, pictures or folders of them")
    return list(dict.fromkeys(found))


def shrink(picture: Picture, scale: int) -> tuple[Picture, Picture] | None:
    """Return the picture cut to a multiple of 2 x scale, and its bicubic at 1/scale; None where it is too small."""
    width, height = (side - side % (2 * scale) for side in (picture.width, picture.height))
    if min(width, height) // scale < 16:
        return None
    u, v = (chroma[: height // 2, : width // 2] for chroma in (picture.u, picture.v))
    cut = replace(picture, y=picture.y[:height, :width], u=u, v=v)
    return cut, Scaler((width, height), (width // scale, height // scale), "bicubic")(cut)


def read_material(files: Sequence[Path], *, scale: int, patch: int) -> Material:
    """Read pictures, and frames of clips about 0.3 s apart; hold back every eighth picture and each clip's end.

    Raises:
        InputError: nothing in the files is large enough for a patch of `patch` input samples.
    """
    stills, clips = [], []
    room = _MAX_LUMA // len(files)
    for file in files:
        if file.suffix.lower() in STILL_SUFFIXES:
            stills += list(_examples(file.name, [read_still(file)], scale, patch, still=True))
        else:
            clips.append(list(_examples(file.name, _spread_frames(file, room), scale, patch, still=False)))
    held = stills[7::8] if len(stills) >= 8 else stills[-1:] if len(stills) >= 4 else []
    training = [example for example in stills if not any(example is one for one in held)]
    for frames in clips:
        kept = max(1, len(frames) // 10) if len(frames) >= 4 else 0
        training += frames[: len(frames) - kept]
        held += frames[len(frames) - kept :]
    if not training:
        raise InputError(files[0].name, "gives no usable patch", f"give pictures of {patch * scale} pixels or more")
    return Material(tuple(training), tuple(held))


class Patches:
    """Random patches without end: two thirds from still pictures, turned and mirrored, hardly any flat."""

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
        turn, mirror = int(self._generator.integers(4)), bool(self._generator.integers(2))
        small, large = np.rot90(small, turn), np.rot90(large, turn)
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


def _examples(name: str, pictures: Iterable[Picture], scale: int, patch: int, *, still: bool) -> Iterator[Example]:
    for picture in pictures:
        pair = shrink(picture, scale)
        if pair is not None and min(pair[1].width, pair[1].height) >= patch:
            large, small = pair
            yield Example(name, still, large.y.copy(), small.y.copy())


def _spread_frames(file: Path, room: int) -> Iterator[Picture]:
    """Yield frames 0.3 s apart; closer in short clips, further apart where `room` samples would not hold them."""
    info = probe(file)
    refuse_unsupported(info, name=file.name)
    wanted = max(_MIN_SAMPLED, round(info.duration_s / _SPACING_S))
    fitting = room // (info.width * info.height)
    count = min(info.frames, wanted, max(1, fitting))
    chosen = set(np.linspace(0, info.frames - 1, count).round().astype(int).tolist())
    for number, picture in enumerate(read_pictures(file, info, name=file.name)):
        if number in chosen:
            yield picture
