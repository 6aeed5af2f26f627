"""VMAF, VMAF NEG, PSNR-Y, PSNR and SSIM of one pair, by ffmpeg-quality-metrics behind the preflight gate."""

import logging
import math
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from qualab.errors import MediaError
from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.media.preflight import CheckedPair, check_pair
from qualab.media.probe import ClipInfo
from qualab.media.process import ffmpeg_path, require_libvmaf
from qualab.metrics.metric import pool
from qualab.tables import FRAME_COLUMNS

VMAF_MODELS = {"vmaf": "vmaf_v0.6.1.json", "vmaf_neg": "vmaf_v0.6.1neg.json"}
# libvmaf's PSNR has six decimals but stops at 60 dB for 8-bit video; above, the psnr filter's two decimals count.
_LIBVMAF_CAP_DB = 60.0


def score_frames(
    reference: Path,
    distorted: Path,
    *,
    names: tuple[str, str] | None = None,
    threads: int | None = None,
    is_native: bool = False,
) -> pd.DataFrame:
    """Return every metric of every frame (FRAME_COLUMNS); identical frames have PSNR infinity.

    The gate comes first, `is_native` is for it: see qualab.media.preflight. `threads` is for libvmaf, by default all
    cores.

    Raises:
        RefusedPair: the pair must not be compared.
        MediaError: a clip cannot be decoded to its end.
        ToolMissing: FFmpeg or its libvmaf is not there.
    """
    require_libvmaf()
    pair = check_pair(reference, distorted, names=names, is_native=is_native)
    about = (names or (reference.name, distorted.name))[1]
    with tempfile.TemporaryDirectory(prefix="qualab-") as folder:
        # Names of ours: a quote, colon or leading dash in the user's would break FFmpeg's filter arguments.
        for name, path in (("a", reference), ("b", distorted)):
            (Path(folder) / name).symlink_to(path.absolute())
        first = _run(Path(folder), pair, "vmaf", ["vmaf", "psnr", "ssim"], about=about, threads=threads)
        second = _run(Path(folder), pair, "vmaf_neg", ["vmaf"], about=about, threads=threads)
    table = pd.DataFrame(
        {
            "frame": np.arange(len(first["vmaf"]), dtype=np.int32),
            "vmaf": [row["vmaf"] for row in first["vmaf"]],
            "vmaf_neg": [row["vmaf"] for row in second["vmaf"]],
            **_psnr(first["vmaf"], first["psnr"], pair.reference),
            "ssim": [row["ssim_avg"] for row in first["ssim"]],
        }
    )
    return table[list(FRAME_COLUMNS)]


def score_pair(reference: Path, distorted: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one pair's pooled scores (SCORE_COLUMNS) and its frame scores; raises as score_frames."""
    frames = score_frames(reference, distorted)
    return pool(frames, src=reference.name, hrc=distorted.name), frames


def _run(
    folder: Path, pair: CheckedPair, model: str, metrics: Any, *, about: str, threads: int | None
) -> dict[str, list[dict[str, float]]]:
    from ffmpeg_quality_metrics import FfmpegQualityMetrics, FfmpegQualityMetricsError

    # It warns that ffprobe is missing; the gate has done those checks.
    logging.getLogger("ffmpeg-quality-metrics").setLevel(logging.ERROR)
    model_file = folder / VMAF_MODELS[model]
    shipped = Path(FfmpegQualityMetrics.DEFAULT_VMAF_MODEL_DIRECTORY) / VMAF_MODELS[model]
    model_file.symlink_to(shipped)
    try:
        calls = FfmpegQualityMetrics(
            str(folder / "a"),
            str(folder / "b"),
            framerate=float(pair.reference.fps),
            tmp_dir=str(folder),
            ffmpeg_path=ffmpeg_path(),
        )
        options: Any = {
            "model_path": str(model_file),
            "n_threads": threads or os.cpu_count() or 1,
            "features": ["psnr"] if "psnr" in metrics else [],
        }
        found: Any = calls.calculate(metrics, options)
    except (FfmpegQualityMetricsError, RuntimeError, ValueError, KeyError) as error:
        last = str(error).strip().splitlines()[-1][:300] if str(error).strip() else type(error).__name__
        raise MediaError(about, f"could not be scored: {last}", "check that both clips play to their end") from None
    expected = pair.reference.frames + pair.reference.stray
    for metric in metrics:
        rows = found.get(metric, [])
        whole = len(rows) == expected and not any(math.isnan(value) for row in rows for value in row.values())
        if not whole:
            what = f"{metric} has values for {len(rows)} of {expected} frames"
            raise MediaError(about, what, "check that both clips play to their end")
    return {metric: list(found[metric]) for metric in metrics}


def _psnr(vmaf_rows: list[dict[str, float]], psnr_rows: list[dict[str, float]], clip: ClipInfo) -> dict[str, Any]:
    """Return psnr_y and psnr (all planes, each by its samples) in dB: six decimals below 60 dB, else two.

    The peak is 255 for 8 bits and 1023 for 10, in libvmaf as in FFmpeg's filter.
    """
    width, height = PIXEL_FORMATS[clip.pix_fmt].chroma_size(clip.width, clip.height)
    samples = np.array([clip.width * clip.height, width * height, width * height])
    planes = np.array([[row[f"psnr_{plane}"] for plane in ("y", "cb", "cr")] for row in vmaf_rows])
    coarse_y = np.array([row["psnr_y"] for row in psnr_rows])
    coarse = np.array([row["psnr_avg"] for row in psnr_rows])
    error = 10 ** (-planes / 10) @ (samples / samples.sum())
    capped = (planes >= _LIBVMAF_CAP_DB).any(axis=1)
    return {
        "psnr_y": np.where(planes[:, 0] >= _LIBVMAF_CAP_DB, coarse_y, planes[:, 0]),
        "psnr": np.where(capped, coarse, -10 * np.log10(error)),
    }
