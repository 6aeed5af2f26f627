"""Families of rate-quality curves: over clips, label by label, in a study's chains, and fast."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualab import lab
from qualab.errors import InputError
from qualab.stats.rate.compare import RateQuality, compare, compare_study, family_names, family_pairs, points
from qualab.stats.rate.comparison import Difference
from qualab.study.config import Hrc, Study
from qualab.study.hrc import Cross, Rendition
from qualab.study.manifest import Manifest
from qualab.study.tables import RATE_COLUMNS, SCORE_COLUMNS
from qualab.study.workspace import Workspace

RATES = np.array([400.0, 800.0, 1600.0, 3200.0])


def table(clips: dict[str | None, dict[str, float]], *, label: str = "720p") -> pd.DataFrame:
    """Return points of clips whose families have the same qualities at a multiple of the same rates."""
    rows = [
        (src, family, label, rate * factor, quality)
        for src, families in clips.items()
        for family, factor in families.items()
        for rate, quality in zip(RATES, (60, 72, 82, 90), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(RATE_COLUMNS))


def overall(found: RateQuality) -> Difference:
    (one,) = [one for one in found.bd if one.src is None]
    return one


FACTORS = {f"clip-{place}": {"a": 1.0, "b": factor} for place, factor in enumerate((0.9, 0.8, 0.7, 0.85))}


def test_the_mean_is_over_clips_with_a_bootstrap_interval() -> None:
    found = overall(compare(table(FACTORS)))
    assert found.bd.bd_rate_percent == pytest.approx(-18.75)
    assert found.n_srcs == 4
    assert found.ci is not None
    assert -30 <= found.ci[0] < -18.75 < found.ci[1] <= -10
    assert found.quality_ci is not None
    assert found.quality_ci[0] < found.bd.bd_quality < found.quality_ci[1]


def test_the_interval_is_that_of_scipys_bootstrap() -> None:
    from scipy.stats import bootstrap

    values = 10 * np.random.default_rng(5).normal(size=12) - 20
    clips = {f"c{place}": {"a": 1.0, "b": 1 + value / 100} for place, value in enumerate(values)}
    found = overall(compare(table(clips), metric="psnr_y"))
    peer = bootstrap((values,), np.mean, method="percentile", rng=np.random.default_rng(9)).confidence_interval
    # Both draw 10,000 resamples or so: their ends differ by chance.
    assert found.ci == pytest.approx((peer.low, peer.high), abs=0.4)


def test_the_same_seed_gives_the_same_interval() -> None:
    assert overall(compare(table(FACTORS))).ci == overall(compare(table(FACTORS))).ci
    clips = {f"c{place}": {"a": 1.0, "b": 0.5 + place / 37} for place in range(12)}
    assert overall(compare(table(clips), seed=2)).ci != overall(compare(table(clips))).ci


def test_below_three_clips_there_is_no_interval_and_a_note() -> None:
    found = overall(compare(table(dict(list(FACTORS.items())[:2]))))
    assert found.bd.bd_rate_percent == pytest.approx(-15)
    assert (found.ci, found.n_srcs) == (None, 2)
    assert "needs 3 clips" in found.bd.note


def test_clips_without_a_number_stay_out_of_the_mean_and_are_counted() -> None:
    clips = table({**FACTORS, "lonely": {"a": 1.0}})
    found = compare(clips)
    assert overall(found).bd.bd_rate_percent == pytest.approx(-18.75)
    assert "1 of 5 clips give no BD-rate" in overall(found).bd.note
    (lonely,) = [one for one in found.bd if one.src == "lonely"]
    assert (lonely.bd.bd_rate_percent, lonely.bd.note) == (None, "no point of b")


def test_the_order_of_rows_changes_nothing() -> None:
    plain, shuffled = table(FACTORS), table(FACTORS).sample(frac=1, random_state=3)
    one, two = (
        {(row.src, row.test): row.bd.bd_rate_percent for row in compare(some, anchor="a").bd}
        for some in (plain, shuffled)
    )
    assert {key: pytest.approx(value) for key, value in one.items()} == two


def test_swapping_the_families_inverts_the_ratio_on_every_clip() -> None:
    there, back = (compare(table(FACTORS), anchor=anchor).bd for anchor in "ab")
    for one, two in zip(there[1:], back[1:], strict=True):
        product = (1 + one.bd.bd_rate_percent / 100) * (1 + two.bd.bd_rate_percent / 100)
        assert product == pytest.approx(1)


def two_labels() -> pd.DataFrame:
    """Return 360p that leads below and 720p above, whose lines cross at 800 kb/s in a, at 1600 kb/s in b."""
    rows = [(None, "a", "360p", rate, 40 + 10 * np.log2(rate / 100)) for rate in (200.0, 3200.0)]
    rows += [(None, "a", "720p", rate, 10 + 20 * np.log2(rate / 100)) for rate in (200.0, 3200.0)]
    rows += [(None, "b", "360p", rate, 50 + 10 * np.log2(rate / 100)) for rate in (200.0, 3200.0)]
    rows += [(None, "b", "720p", rate, 10 + 20 * np.log2(rate / 100)) for rate in (200.0, 3200.0)]
    return pd.DataFrame(rows, columns=list(RATE_COLUMNS))


def test_labels_cross_where_their_lines_do_and_the_rung_between_changes() -> None:
    found = compare(two_labels().assign(target_kbps=[300.0, 1200.0] * 4), metric="psnr_y")
    within = {one.family: one for one in found.crossovers if one.family}
    assert within["a"].bitrate_kbps == pytest.approx(800)
    assert within["b"].bitrate_kbps == pytest.approx(1600)
    assert (within["a"].below, within["a"].above) == ("360p", "720p")
    assert [(rung.bitrate_kbps, rung.anchor_label, rung.test_label, rung.changed) for rung in found.rungs] == [
        (300, "360p", "360p", False),
        (1200, "720p", "360p", True),
    ]


def test_rungs_of_measured_bitrates_join_near_ones() -> None:
    found = compare(two_labels().assign(bitrate_kbps=[200, 3200, 210, 3300, 205, 3100, 220, 3200]), metric="psnr_y")
    assert [round(rung.bitrate_kbps) for rung in found.rungs] == [209, 3199]


@pytest.mark.parametrize("curve", ["front", "hull"])
def test_what_a_reader_gets_is_finite_or_none(curve: str) -> None:
    nothing = table({"x": {"a": 1.0, "b": 50.0}, "y": {"a": 1.0, "b": 1.0}}).iloc[:13]
    for record in compare(nothing, curve=curve).records():
        numbers = [value for value in record.values() if isinstance(value, float)]
        assert np.isfinite(numbers).all()


def test_one_family_or_an_unknown_anchor_is_refused() -> None:
    with pytest.raises(InputError, match="'a' is the only family"):
        compare(table({None: {"a": 1.0}}))
    with pytest.raises(InputError, match="no family"):
        compare(table({}))
    with pytest.raises(InputError, match="anchor 'c'"):
        compare(table(FACTORS), anchor="c")


def study(**changed: Any) -> Study:
    """Return a study of two codecs, two orders and three upscalers, with a shared rendition at display height."""
    renditions = [
        Rendition(id=f"{codec}-{height}", height=height, codec=codec, bitrate_kbps=400)
        for codec in ("libx264", "libx265")
        for height in (360, 720)
    ]
    values: dict[str, Any] = {
        "id": "x",
        "source_height": 360,
        "display_height": 720,
        "baseline": "bicubic",
        "rendition": renditions,
        "cross": [
            Cross(renditions=tuple(one.id for one in renditions), upscalers=("bicubic", "lanczos", "lite-x2")),
            Cross(renditions=("libx264-720",), upscalers=("bicubic", "lite-x2"), order="upscale-then-encode"),
        ],
    }
    return Study.model_validate(values | changed)


def test_a_family_is_an_upscaler_with_codec_and_order_where_there_are_several() -> None:
    assert list(family_names(study()).values()) == [
        "bicubic libx264",
        "lanczos libx264",
        "lite-x2 libx264",
        "bicubic libx265",
        "lanczos libx265",
        "lite-x2 libx265",
        "bicubic libx264 upscale-then-encode",
        "lite-x2 libx264 upscale-then-encode",
    ]


def test_families_are_compared_that_differ_in_one_thing() -> None:
    pairs = family_pairs(study())
    assert ("bicubic libx264", "lite-x2 libx264") in pairs
    assert ("lanczos libx264", "lite-x2 libx264") in pairs
    assert ("lite-x2 libx264", "lite-x2 libx265") in pairs
    assert ("lite-x2 libx264", "lite-x2 libx264 upscale-then-encode") in pairs
    assert ("bicubic libx264", "lite-x2 libx265") not in pairs
    assert ("lanczos libx264", "bicubic libx264") not in pairs
    assert len(pairs) == len(set(pairs))


def test_the_baseline_may_be_one_hrc() -> None:
    chosen = study(cross=study().cross[:1], hrc=[Hrc(id="base", upscaler="lanczos", rendition="libx264-360")])
    pairs = family_pairs(chosen.model_copy(update={"baseline": "base"}))
    assert ("lanczos libx264", "bicubic libx264") in pairs


def test_a_rendition_at_display_height_is_a_point_of_every_family_of_its_codec(ladder: Workspace) -> None:
    made = ladder.folder("ladder")
    found = points(made.load(), lab.scores(ladder, "ladder"), made.read_manifest(), metric="vmaf", pooling="mean")
    shared = found[(found["label"] == "720p") & (found["src"] == "cups")]
    assert shared.groupby("family")["bitrate_kbps"].apply(list).map(tuple).nunique() == 1
    assert set(shared["family"]) == {"bicubic", "lanczos", "lite-x2"}
    assert len(found) == 3 * 3 * 12


def test_measured_bitrates_are_the_curve_and_asked_ones_the_rungs(ladder: Workspace) -> None:
    found, result = lab.rate(ladder, "ladder")
    assert set(found["bitrate_kbps"]) & set(found["target_kbps"]) == set()
    assert {rung.bitrate_kbps for rung in result.rungs} == {300, 600, 1200, 2400}


def test_one_chosen_clip_is_all_that_is_looked_at(ladder: Workspace) -> None:
    found, result = lab.rate(ladder, "ladder", srcs=["cups"])
    assert set(found["src"]) == {"cups"}
    assert all(one.n_srcs == 1 for one in result.bd)


def test_a_study_without_scores_of_two_families_says_to_build_it() -> None:
    one = study(src=[{"id": "s", "title": "s", "file": "0" * 64 + ".mp4", "reference": True}])
    scores = pd.DataFrame([("s", "bicubic-libx264-360", "vmaf", "mean", 50.0, "", False)], columns=list(SCORE_COLUMNS))
    with pytest.raises(InputError, match="build it: qualab build x"):
        compare_study(one, scores, Manifest(study="x"))
    with pytest.raises(InputError, match="is lower for a better picture"):
        compare_study(one, scores, Manifest(study="x"), metric="msad")
    with pytest.raises(InputError, match="pooling 'men'"):
        compare_study(one, scores, Manifest(study="x"), pooling="men")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["x", "y"]),
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["360p", "720p"]),
            st.floats(1e-3, 1e9) | st.sampled_from([100.0, 200.0, 200.0000001]),
            st.floats(-1e6, 1e6) | st.sampled_from([50.0, 60.0, 60.0000001, 99.5, 100.0]),
        ),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(["front", "hull"]),
    st.sampled_from(["pchip", "akima", "cubic"]),
)
@settings(max_examples=200, deadline=None)
def test_any_points_of_two_families_give_an_answer_or_a_reason(rows: list[Any], curve: str, method: str) -> None:
    some = pd.DataFrame([*rows, ("x", "a", "", 1.0, 1.0), ("x", "b", "", 1.0, 1.0)], columns=list(RATE_COLUMNS))
    found = compare(some, curve=curve, method=method)
    for record in found.records():
        json.dumps(record, allow_nan=False)
        if record["type"] == "bd" and record["bd_rate_percent"] is None:
            assert record["note"]
    for one in found.crossovers:
        assert some["bitrate_kbps"].min() * 0.999 <= one.bitrate_kbps <= some["bitrate_kbps"].max() * 1.001
    for rung in found.rungs:
        assert np.isfinite([rung.anchor_quality, rung.test_quality]).all()
