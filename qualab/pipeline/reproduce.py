"""The experiment of 2020 once more: a net trained on two clips, a ladder, VMAF against bicubic; and a clip never seen.

The engineering series of that year measured on the clips it had trained on, and against bicubic alone. Here clips that
were trained on and clips that were not stand apart, and lanczos stands beside bicubic.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qualab.errors import InputError
from qualab.media.probe import probe, refuse_unsupported
from qualab.pipeline.ingest import add_clip
from qualab.study.config import Study
from qualab.study.creation import make_study
from qualab.study.files import sha256_of
from qualab.study.templates.template import Choices
from qualab.study.workspace import StudyFolder, Workspace
from qualab.upscalers.card import Card, load_card
from qualab.upscalers.inventory import upscaler_ids, weights

BASELINES = ("bicubic", "lanczos")
SEEN, HELD_OUT = "seen in training", "held out"
BITRATES_KBPS = (400.0, 800.0, 1600.0, 3200.0)
_SCALE = 2


@dataclass(frozen=True)
class Recipe:
    """What of the experiment can be chosen: the net, the ladder's bitrates, heights in lines, seconds of each clip."""

    architecture: str = "espcn"
    bitrates_kbps: tuple[float, ...] = BITRATES_KBPS
    display_height: int | None = None
    source_height: int | None = None
    duration_s: float | None = None


def reproduce(
    workspace: Workspace,
    study_id: str,
    *,
    training: Sequence[Path],
    held_out: Sequence[Path],
    recipe: Recipe,
    train: Callable[..., Card],
) -> StudyFolder:
    """Return the experiment's study, its net trained on `training` by `train(clips, architecture=, scale=, output=)`.

    What an interrupted run made is kept: the weights, the study, its clips.

    Raises:
        InputError: a clip serves both for training and as held out, is too small, or a study of that id is another.
    """
    both = {sha256_of(path) for path in training} & {sha256_of(path) for path in held_out}
    if both:
        raise InputError("--held-out", "names a clip that is trained on", "hold another clip out")
    name = f"{study_id}-{recipe.architecture}-x{_SCALE}"
    if study_id not in workspace.ids():
        display = recipe.display_height or _display_height([*training, *held_out])
        _trained(name, training, recipe, train)
        workspace.create(_study(study_id, name, display, recipe))
    folder = workspace.folder(study_id)
    if name not in folder.load().upscalers:
        raise InputError(f"study '{study_id}'", "is there and is another study", "choose another --id")
    for paths, tag in ((training, SEEN), (held_out, HELD_OUT)):
        for path in paths:
            _added(folder, path, tag, recipe.duration_s)
    return folder


def _trained(name: str, clips: Sequence[Path], recipe: Recipe, train: Callable[..., Card]) -> None:
    known = weights().get(name)
    if known is not None:
        material = {str(entry.get("sha256")) for entry in load_card(known / "card.toml").material}
        if material == {sha256_of(path) for path in clips}:
            return
        raise InputError(f"models/{name}", "was trained on other clips", "choose another --id, or remove that folder")
    train(list(clips), architecture=recipe.architecture, scale=_SCALE, output=Path("models") / name)


def _study(study_id: str, name: str, display: int, recipe: Recipe) -> Study:
    height = recipe.source_height or display // (2 * _SCALE) * 2
    upscalers = [*BASELINES, name]
    ladder = Choices(
        upscalers, display_height=display, source_height=height, heights=(height,), bitrates_kbps=recipe.bitrates_kbps
    )
    title = f"The experiment of 2020: is {name} worth it?"
    return make_study(study_id, template="ladder", choices=ladder, known=upscaler_ids(), title=title)


def _display_height(clips: Sequence[Path]) -> int:
    """Return the height that all clips have: 1080 lines, or what the lowest of them has, made a multiple of four."""
    heights = []
    for path in clips:
        info = probe(path, name=path.name)
        refuse_unsupported(info, name=path.name)
        heights.append(info.height)
    return min(1080, *heights) // 4 * 4


def _added(folder: StudyFolder, path: Path, tag: str, duration_s: float | None) -> None:
    digest = sha256_of(path)
    if all(src.sha256 != digest for src in folder.load().src):
        add_clip(folder, path, reference=True, duration_s=duration_s, tags=(tag,))
