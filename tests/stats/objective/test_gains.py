"""Gains over baselines and the flags they carry."""

import numpy as np
import pandas as pd
import pytest

from qualab.stats.objective.gains import ENHANCED, SHARPER, gains
from qualab.study.tables import SCORE_COLUMNS, empty

# FINDINGS of this field: a plain picture, one sharpened, one of more contrast (VMAF, NEG, PSNR-Y).
PLAIN, SHARP, CONTRAST = (62.9, 61.1, 33.6), (68.2, 64.1, 31.8), (71.2, 64.6, 32.3)


def scores(rows: dict[str, tuple[float, float, float]], *, names=("vmaf", "vmaf_neg", "psnr_y")) -> pd.DataFrame:
    found = [
        ("fox", hrc, name, "mean", value, "", bool(np.isnan(value)))
        for hrc, values in rows.items()
        for name, value in zip(names, values, strict=True)
    ]
    return pd.DataFrame(found, columns=list(SCORE_COLUMNS))


def flags(base: tuple[float, float, float], test: tuple[float, float, float], **more) -> tuple[str, ...]:
    return gains(scores({"base": base, "test": test}, **more), {"test": "base"})["flags"].iloc[1]


def test_sharpening_and_contrast_are_flagged_as_the_measurements_say():
    assert flags(PLAIN, SHARP) == (SHARPER,)
    assert flags(PLAIN, CONTRAST) == (SHARPER, ENHANCED)


def test_an_honest_gain_carries_no_flag():
    assert flags(PLAIN, (68.9, 66.9, 35.0)) == ()


@pytest.mark.parametrize(
    ("vmaf", "neg", "is_flagged"),
    [(1.0, 0.49, True), (1.0, 0.5, False), (0.5, 0.0, False), (0.6, -1.0, True), (-2.0, -5.0, False)],
)
def test_mostly_enhancement_means_more_than_half_of_a_gain_above_half_a_point(vmaf, neg, is_flagged):
    assert (ENHANCED in flags((60, 60, 30), (60 + vmaf, 60 + neg, 30))) is is_flagged


def test_what_rounds_to_no_change_is_none():
    assert flags((60, 60, 30), (60.04, 60.04, 29.9)) == ()
    assert flags((60, 60, 30), (60.1, 60.1, 29.996)) == ()


def test_a_4k_study_is_flagged_by_its_own_models():
    assert flags(PLAIN, CONTRAST, names=("vmaf_4k", "vmaf_4k_neg", "psnr_y")) == (SHARPER, ENHANCED)
    assert flags(PLAIN, CONTRAST, names=("vmaf_4k", "vmaf_neg", "psnr_y")) == (SHARPER,)


def test_each_hrc_is_held_against_its_own_baseline():
    table = scores({"b1": (50, 50, 30), "t1": (52, 52, 31), "b2": (70, 70, 35), "t2": (69, 69, 34)})
    found = gains(table, {"t1": "b1", "t2": "b2"}).set_index("hrc")
    assert found["vmaf_gain"].dropna().to_dict() == {"t1": 2.0, "t2": -1.0}
    assert found["baseline"].to_dict() == {"b1": None, "t1": "b1", "b2": None, "t2": "b2"}


def test_a_lossless_value_has_no_gain_and_no_flag():
    found = gains(scores({"base": PLAIN, "test": (99.0, 98.0, np.nan)}), {"test": "base"})
    assert np.isnan(found["psnr_y_gain"].iloc[1])
    assert found["lossless"].tolist() == [False, True]
    assert found["flags"].iloc[1] == ()


def test_another_pooling_gives_its_own_values_and_an_empty_table_stays_empty():
    table = pd.concat([scores({"base": PLAIN}), scores({"base": SHARP}).assign(pooling="p1")])
    assert gains(table, {}, pooling="p1")["vmaf"].tolist() == [68.2]
    assert gains(empty(SCORE_COLUMNS), {}).empty


def test_categoricals_of_a_large_study_give_the_same_table():
    table = scores({"base": PLAIN, "test": CONTRAST})
    small = table.assign(**{name: table[name].astype("category") for name in ("src", "hrc", "metric", "pooling")})
    pd.testing.assert_frame_equal(gains(table, {"test": "base"}), gains(small, {"test": "base"}))
