"""FFmpeg's native files, run by the filter `sr` of an FFmpeg that has it (4.2 to 5.1)."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor

from qualab.errors import InputError
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.card import Card
from qualab.upscalers.exports import FORMATS

LUMA = [name for name in ARCHITECTURES if ARCHITECTURES[name](2).channels == 1]


@pytest.fixture(scope="module")
def ffmpeg() -> str:
    """Return an FFmpeg with the filter; without one the test skips, or fails where QUALAB_REQUIRE names ffmpeg-sr."""
    for found in filter(None, (shutil.which("ffmpeg"), "/usr/bin/ffmpeg")):
        if Path(found).is_file():
            said = subprocess.run(
                [found, "-v", "error", "-h", "filter=sr"], capture_output=True, text=True, check=False
            )
            if "native" in said.stdout:
                return found
    if "ffmpeg-sr" in os.environ.get("QUALAB_REQUIRE", "").split(","):
        pytest.fail("QUALAB_REQUIRE names ffmpeg-sr, and there is no FFmpeg with the filter sr")
    pytest.skip("no FFmpeg with the filter sr (4.2 to 5.1)")


def run_sr(ffmpeg: str, path: Path, luma: np.ndarray, *, pix_fmt: str = "gray") -> np.ndarray:
    """Return the luma that `sr` makes of one picture; in yuv420p it is given grey chroma."""
    height, width = luma.shape
    frame = luma.tobytes()
    if pix_fmt == "yuv420p":
        frame += bytes([128]) * (2 * ((width + 1) // 2) * ((height + 1) // 2))
    command = [ffmpeg, "-v", "error", "-f", "rawvideo", "-pix_fmt", pix_fmt, "-s", f"{width}x{height}", "-i", "-"]
    command += [
        "-vf",
        f"sr=dnn_backend=native:model={path.name},extractplanes=y",
        "-f",
        "image2pipe",
        "-c:v",
        "pgm",
        "-",
    ]
    done = subprocess.run(command, input=frame, capture_output=True, check=True, cwd=path.parent)
    assert done.stderr == b""
    kind, size, _, data = done.stdout.split(b"\n", 3)
    assert kind == b"P5"
    columns, rows = map(int, size.split())
    return np.frombuffer(data, np.uint8).reshape(rows, columns)


@pytest.mark.parametrize(("scale", "width", "height"), [(2, 45, 37), (3, 40, 32)])
@pytest.mark.parametrize("name", LUMA)
def test_ffmpeg_gives_our_pixels_away_from_the_border(
    name: str,
    scale: int,
    width: int,
    height: int,
    ffmpeg: str,
    tmp_path: Path,
    net: Callable[..., Network],
    card: Callable[..., Card],
    picture: Callable[..., Tensor],
) -> None:
    ours, path = net(name, scale), tmp_path / "own.model"
    FORMATS["ffmpeg"].write(ours, card(name, scale), path)
    given = picture(width, height)
    made = run_sr(ffmpeg, path, (given[0, 0] * 255).round().numpy().astype(np.uint8))
    wanted = (ours(given * 255 / ours.unit)[0, 0] * ours.unit).round().clamp(0, 255).numpy()
    # `sr` continues the borders of every layer's input, ours those of the picture: equal beyond the net's reach.
    cut = ours.margin * scale
    inner = (slice(cut, height * scale - cut), slice(cut, width * scale - cut))
    difference = np.abs(made[: height * scale, : width * scale] - wanted)[inner]
    assert difference.size > 500
    assert wanted[inner].std() > 3
    # Rounding: swscale goes to 8 bits by way of 16.
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01


def test_ffmpeg_makes_the_same_luma_of_a_colour_clip(
    ffmpeg: str, tmp_path: Path, net: Callable[..., Network], card: Callable[..., Card], picture: Callable[..., Tensor]
) -> None:
    FORMATS["ffmpeg"].write(net("espcn-relu"), card("espcn-relu"), tmp_path / "own.model")
    luma = (picture(32, 24)[0, 0] * 255).round().numpy().astype(np.uint8)
    grey, colour = (run_sr(ffmpeg, tmp_path / "own.model", luma, pix_fmt=name) for name in ("gray", "yuv420p"))
    assert colour.shape == (48, 64)
    assert np.array_equal(grey, colour)


def test_a_net_that_folds_makes_an_odd_picture_a_little_larger_and_no_pixel_wrong(
    ffmpeg: str, tmp_path: Path, net: Callable[..., Network], card: Callable[..., Card], picture: Callable[..., Tensor]
) -> None:
    FORMATS["ffmpeg"].write(net("swift"), card("swift"), tmp_path / "own.model")
    luma = (picture(65, 47)[0, 0] * 255).round().numpy().astype(np.uint8)
    assert run_sr(ffmpeg, tmp_path / "own.model", luma).shape == (96, 132)


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name not in LUMA])
def test_nets_on_rgb_are_refused_in_one_line(
    name: str, tmp_path: Path, net: Callable[..., Network], card: Callable[..., Card]
) -> None:
    with pytest.raises(InputError, match="works on RGB — use --format onnx or torchscript"):
        FORMATS["ffmpeg"].write(net(name), card(name), tmp_path / "own.model")
    assert not list(tmp_path.iterdir())
