"""A study of twenty pairs as a build leaves them, of which every byte that a viewer gets is audited."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from qualab.media.display import code_pair
from qualab.pipeline.display import DISPLAY_ENCODING
from qualab.study.config import Study
from qualab.study.files import sha256_of, write_json
from qualab.study.workspace import Workspace

SRCS, WIDTH, HEIGHT, FRAMES = 20, 160, 96, 12
BT709 = 1


@pytest.fixture(scope="session")
def eavesdropper() -> Any:
    """Return the module beside this file: tests are imported one by one and cannot import each other."""
    spec = importlib.util.spec_from_file_location("eavesdropper", Path(__file__).with_name("eavesdropper.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that makes the study once for a packing ("packed" or "two") and returns its root."""
    made: dict[str, Path] = {}

    def make(packing: str) -> Path:
        if packing not in made:
            made[packing] = _study(tmp_path_factory.mktemp(packing), packing)
        return made[packing]

    return make


@pytest.fixture
def copied(audited: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Workspace]:
    """Return a function that gives a workspace of its own with the audited study."""

    def copy(packing: str) -> Workspace:
        root = tmp_path / packing
        if not root.exists():
            shutil.copytree(audited(packing), root)
        monkeypatch.setenv("QUALAB_STUDIES", str(root))
        monkeypatch.delenv("QUALAB_DATABASE_URL", raising=False)
        return Workspace(root)

    return copy


def _study(root: Path, packing: str) -> Path:
    src = [{"id": f"clip-{n}", "title": f"Clip {n}", "file": f"{n:064x}.mp4", "reference": True} for n in range(SRCS)]
    hrc = [{"id": name, "upscaler": name} for name in ("bicubic", "sharp-x2")]
    sizes = {"source_height": HEIGHT // 2, "display_height": HEIGHT, "baseline": "bicubic"}
    study = {"id": "audit", "title": "Audit", **sizes, "hrc": hrc, "src": src, "seed": 11}
    folder = Workspace(root).create(Study.model_validate(study))
    folder.pairs.mkdir(exist_ok=True)
    # As many of either kind: with coins that fell 14 to 6, whoever learned that would be right 14 times in 20.
    tops = np.random.default_rng(4).permutation(["a", "b"] * (SRCS // 2)).tolist()
    objects = [_pair(folder.path, number, packing, top) for number, top in enumerate(tops)]
    write_json(folder.manifest, {"study": "audit", "objects": objects, "failures": [], "tools": {}, "device": "cpu"})
    return root


def _pair(folder: Path, number: int, packing: str, top: str) -> dict[str, object]:
    """Make a blurred and a sharp picture of one clip and code them for viewers, as the pipeline does."""
    blurred, sharp = (folder / f"{number}-{name}.mkv" for name in ("a", "b"))
    source = f"mandelbrot=s={WIDTH}x{HEIGHT}:r=25:start_scale={1 + 0.1 * number},noise=alls={number}:allf=t"
    for path, blur in ((blurred, ",gblur=sigma=2"), (sharp, "")):
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", source + blur]
        colours = ["-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_range", "tv"]
        subprocess.run([*command, "-frames:v", str(FRAMES), *colours, "-c:v", "ffv1", str(path)], check=True)
    names = [f"pairs/{number:02d}.mp4"] if packing == "packed" else [f"pairs/{number:02d}-{n}.mp4" for n in (0, 1)]
    above, below = (blurred, sharp) if top == "a" else (sharp, blurred)
    encoding = {**DISPLAY_ENCODING, "crf": 12, "matrix": BT709}
    code_pair(above, below, [folder / name for name in names], encoding=encoding, about=f"clip-{number}")
    same = {"kind": "pair", "role": "test", "key": f"{number:02d}", "top": top, "packing": packing}
    size = {"width": WIDTH, "height": HEIGHT, "fps": "25/1", "frames": FRAMES}
    ids = {"src": f"clip-{number}", "hrc_a": "bicubic", "hrc_b": "sharp-x2"}
    return same | size | ids | {"file": names[0], "files": names, "sha256": sha256_of(folder / names[0])}
