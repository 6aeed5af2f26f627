"""Display files: two PVSs as viewers get them, packed into one clip or in two, alike in all but their pictures."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from qualab.errors import MediaError
from qualab.media.encode import NO_SEI, NO_TRACES
from qualab.media.frames import read_pictures
from qualab.media.probe import ClipInfo, probe
from qualab.media.process import input_arguments, run_ffmpeg
from qualab.media.rgb import MATRICES
from qualab.media.scaler import SWS_FLAGS

_TAGS = "range=limited:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
# MP4's box for bytes of no meaning: four of length, four of name.
_LEAST_FREE = 8


def code_pair(
    above: Path, below: Path, targets: Sequence[Path], *, encoding: Mapping[str, Any], about: str
) -> tuple[float, float]:
    """Write two clips of one size as MP4; return the mean luma of both as a player decodes them, in code values.

    With one target they become one picture of twice the height, `above` on top: both share every encoder decision and
    every frame's time. With two each has a file of its own, coded with the same settings, and both have the same size
    in bytes. Every file is H.264 in `encoding`'s pixel format, BT.709 and limited range, and tagged so; no tag or
    message tells how it was made.

    Raises:
        MediaError: FFmpeg failed or complained, or a clip's colours cannot be converted.
    """
    filters = [display_filters(path, encoding, about=about) for path in (above, below)]
    if len(targets) == 1:
        graph = f"[0:v]{filters[0]}[a];[1:v]{filters[1]}[b];[a][b]vstack=inputs=2,setparams={_TAGS}[v]"
        _run([above, below], graph, targets[0], encoding, about)
    else:
        for path, filter_, target in zip((above, below), filters, targets, strict=True):
            _run([path], f"[0:v]{filter_}[v]", target, encoding, about)
        _level(targets)
    return mean_lumas(targets, about=about)


def display_filters(path: Path, encoding: Mapping[str, Any], *, about: str) -> str:
    """Return the FFmpeg filters that bring a clip to the colours of every display file.

    Range and matrix (`encoding` has H.273's code point of the clip's) are converted by swscale; a clip of BT.709 in
    limited range keeps its code values. Primaries and transfer are told as BT.709's.
    """
    info = probe(path, name=about)
    matrix = MATRICES.get(encoding["matrix"])
    if matrix is None:
        what = f"has colour matrix {encoding['matrix']}, which cannot be made BT.709"
        raise MediaError(about, what, "convert the clip to BT.709 before adding it")
    spread = "full" if info.full_range else "limited"
    convert = f"in_color_matrix={matrix}:in_range={spread}:out_color_matrix=bt709:out_range=limited"
    return f"scale=flags=bicubic+{SWS_FLAGS}:{convert},format={encoding['pix_fmt']},setsar=1,setparams={_TAGS}"


def mean_lumas(files: Sequence[Path], *, about: str) -> tuple[float, float]:
    """Return the mean luma code value over all frames of both halves of a packed clip, or of two clips."""
    infos = [probe(path, name=about) for path in files]
    sums, count = [0.0, 0.0], 0
    for picture in _halves(files, infos, about):
        count += 1
        for place, luma in enumerate(picture):
            sums[place] += float(luma.mean())
    return sums[0] / count, sums[1] / count


def _halves(files: Sequence[Path], infos: Sequence[ClipInfo], about: str) -> Iterator[tuple[Any, Any]]:
    if len(files) == 1:
        half = infos[0].height // 2
        for picture in read_pictures(files[0], infos[0], name=about):
            yield picture.y[:half], picture.y[half:]
        return
    both = (read_pictures(path, info, name=about) for path, info in zip(files, infos, strict=True))
    for first, second in zip(*both, strict=True):
        yield first.y, second.y


def _run(inputs: Sequence[Path], graph: str, target: Path, encoding: Mapping[str, Any], about: str) -> None:
    run_ffmpeg(
        [
            *(word for path in inputs for word in input_arguments(path)),
            *("-filter_complex", graph, "-map", "[v]", "-an", "-sn"),
            *("-c:v", str(encoding["encoder"]), "-preset", str(encoding["preset"]), "-crf", f"{encoding['crf']:g}"),
            *("-pix_fmt", str(encoding["pix_fmt"]), "-chroma_sample_location", "left", "-flags:v", "+bitexact"),
            *(*NO_TRACES, "-metadata:s:v:0", "encoder=", *NO_SEI),
            # A box of the bitrate would tell how detailed the pictures are.
            *("-write_btrt", "0", "-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
        ],
        about=about,
    )


def _level(paths: Sequence[Path]) -> None:
    """Make files of different sizes equally large by a box that players skip: a sharper picture is no longer file."""
    sizes = [path.stat().st_size for path in paths]
    if len(set(sizes)) == 1:
        return
    for path, size in zip(paths, sizes, strict=True):
        free = max(sizes) + _LEAST_FREE - size
        with path.open("ab") as out:
            out.write(free.to_bytes(4, "big") + b"free" + bytes(free - _LEAST_FREE))
