from fractions import Fraction

import pytest

from qualab.media.probe import ClipInfo
from qualab.pipeline.estimate import estimate, expected_bytes
from qualab.pipeline.plan import plan
from qualab.study.config import Cross, Rendition, Src, Study
from qualab.study.manifest import Record


def _steps(pix_fmt="yuv420p"):
    renditions = (Rendition(id="low", height=360, bitrate_kbps=400), Rendition(id="full", height=720, crf=30))
    study = Study(
        id="t",
        source_height=360,
        display_height=720,
        baseline="bicubic",
        rendition=renditions,
        cross=(Cross(renditions=("low", "full"), upscalers=("bicubic",)),),
        voting={"enabled": False},
    )
    src = Src(id="s", title="s", file="a" * 64 + ".mp4", reference=True)
    info = ClipInfo("h264", 1280, 720, Fraction(25), 100, 0, pix_fmt, Fraction(1), 0, 1, 1, 1, False)
    return plan(study, src, info, identities={"bicubic": {"id": "bicubic"}}, tools={})


def _of(found, kind):
    return next(share for share in found.shares if share.kind == kind)


def test_all_kinds_are_counted_and_the_total_is_their_sum():
    steps = _steps()
    found = estimate(steps, set(), [], workers=2)
    assert found.total.missing == len(steps) == 11
    assert found.total.seconds == pytest.approx(sum(share.seconds for share in found.shares))
    assert [record["type"] for record in found.records()] == ["plan"] * (len(found.shares) + 1)
    assert found.records()[-1]["kind"] == "total"


def test_what_is_kept_takes_no_time_and_no_room():
    steps = _steps()
    found = estimate(steps, {step.record for step in steps}, [], workers=2)
    assert (found.total.missing, found.total.kept, found.total.seconds, found.total.bytes) == (0, len(steps), 0.0, 0)


def test_two_workers_take_half_the_time_of_one():
    one, two = (estimate(_steps(), set(), [], workers=count).total.seconds for count in (1, 2))
    assert two == pytest.approx(one / 2)


def test_former_records_say_how_long_and_how_large_the_same_work_is():
    steps = _steps()
    score = next(step for step in steps if step.kind == "scores")
    former = Record(kind="scores", work=score.work, cost=score.cost, seconds=7.5)
    found = estimate(steps, set(), [former], workers=1)
    assert _of(found, "scores").seconds == pytest.approx(2 * 7.5)
    pvs = next(step for step in steps if step.kind == "pvs")
    former = Record(kind="pvs", work=pvs.work, bytes=1000, expected_bytes=expected_bytes(pvs))
    assert _of(estimate(steps, set(), [former], workers=1), "pvs").bytes == 1000


def test_deep_and_full_chroma_clips_need_the_room_that_their_samples_need():
    size = {
        fmt: _of(estimate(_steps(fmt), set(), [], workers=1), "reference").bytes for fmt in ("yuv420p", "yuv444p10le")
    }
    # Twice the planes' samples and two bytes each.
    assert size["yuv444p10le"] == 4 * size["yuv420p"]


def test_a_rendition_is_as_large_as_its_bitrate_and_what_only_points_takes_nothing():
    steps = _steps()
    low = next(step for step in steps if step.kind == "rendition" and step.labels["rendition"]["id"] == "low")
    assert expected_bytes(low) == 400 * 1000 / 8 * 100 / 25
    pointers = [step for step in steps if step.file in step.reads]
    assert {step.kind for step in pointers} == {"pvs", "scenes"}
    assert [expected_bytes(step) for step in pointers] == [0, 0]
