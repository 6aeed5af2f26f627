from fractions import Fraction

import pytest

from qualab.errors import InputError
from qualab.media.probe import ClipInfo
from qualab.pipeline.geometry import geometry, segment
from qualab.pipeline.plan import plan
from qualab.study.config import Hrc, Src, Study

TOOLS = {"ffmpeg": "9"}


def _info(width=1280, height=720, frames=100, sar=Fraction(1)):
    return ClipInfo("h264", width, height, Fraction(25), frames, 0, "yuv420p", sar, 0, 1, 1, 1, False)


def _src(name="s", reference=True, **more):
    return Src(id=name, title=name, file="a" * 64 + ".mp4", reference=reference, **more)


def _study(*srcs, hrcs=("bicubic", "lanczos", "lite-x2"), **more):
    heights = {"source_height": 360, "display_height": 720, **more}
    return Study(id="t", baseline=hrcs[0], hrc=tuple(Hrc(id=h, upscaler=h) for h in hrcs), src=srcs, **heights)


def _plan(study, src, info=None, flags="bicubic"):
    identities = {name: {"id": name, "flags": flags} for name in study.upscalers}
    return plan(study, src, info or _info(), identities=identities, tools=TOOLS)


def test_a_reference_is_degraded_upscaled_scored_and_paired():
    src = _src()
    kinds = [step.kind for step in _plan(_study(src), src)]
    measured = ["scores", "diagnostics"] * 3
    assert kinds == ["reference", "source", "pvs", "pvs", "pvs", *measured, "scenes", "pair", "pair"]


def test_without_reference_there_are_no_scores():
    src = _src(reference=False)
    kinds = [step.kind for step in _plan(_study(src), src)]
    assert kinds == ["source", *["pvs"] * 3, *["diagnostics"] * 3, "scenes", "pair", "pair"]


def test_inputs_come_before_their_users():
    src = _src()
    seen = {src.sha256}
    for step in _plan(_study(src), src):
        assert set(step.inputs) <= seen
        seen.add(step.key)


def test_the_same_study_gives_the_same_keys_and_a_changed_upscaler_only_its_own():
    src = _src()
    first, again = (_plan(_study(src), src) for _ in range(2))
    assert first == again
    study = _study(src)
    identities = {name: {"id": name, "flags": "x" if name == "lite-x2" else "bicubic"} for name in study.upscalers}
    changed = plan(study, src, _info(), identities=identities, tools=TOOLS)
    moved = {(a.kind, a.hrc or a.labels.get("hrc_b")) for a, b in zip(first, changed, strict=True) if a.key != b.key}
    assert moved == {(kind, "lite-x2") for kind in ("pvs", "scores", "diagnostics", "pair")}


@pytest.mark.parametrize(
    ("reference", "info", "source", "display"),
    [
        (True, _info(), (640, 360), (1280, 720)),
        (True, _info(1920, 1080), (640, 360), (1280, 720)),
        (True, _info(854, 720), (428, 360), (854, 720)),
        (False, _info(640, 272), (640, 272), (1280, 544)),
        (False, _info(176, 144, sar=Fraction(128, 117)), (192, 144), (384, 288)),
        (False, _info(641, 273), (640, 272), (1280, 544)),
        (False, _info(855, 479), (854, 478), (1708, 956)),
        (True, _info(1283, 721), (640, 360), (1282, 720)),
    ],
)
def test_sizes_are_even_and_square(reference, info, source, display):
    src = _src(reference=reference)
    found = geometry(_study(src), src, info)
    assert (found.source, found.display) == (source, display)


@pytest.mark.parametrize(
    ("info", "scaler"),
    [(_info(), "none"), (_info(1281, 721), "crop"), (_info(1280, 721), "crop"), (_info(1920, 1080), "bicubic")],
)
def test_a_clip_at_the_displays_height_is_cut_and_not_resampled(info, scaler):
    src = _src()
    reference = _plan(_study(src), src, info)[0]
    assert reference.arguments["scaler"].split("+")[0] == scaler


def test_a_reference_below_the_display_height_is_refused():
    with pytest.raises(InputError, match="480 lines high, the study shows 720"):
        geometry(_study(), _src(), _info(640, 480))


def test_a_segment_is_counted_in_frames():
    assert segment(_src(start_s=1.0, duration_s=2.0), _info()) == (25, 50)
    assert segment(_src(start_s=3.0), _info()) == (75, 25)
    with pytest.raises(InputError, match="leaves 0"):
        segment(_src(start_s=9.0), _info())
