"""BD-rate: the known answers, the identities, and what it says about curves that allow none."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualab.stats.rate.bdrate import METHODS, SATURATED_VMAF, Curve, bd, curve

# Class B of a JVET anchor and test, and JCT-VC's first worked curve: rate in kb/s, PSNR-Y in dB.
A = curve([9487.76, 4593.60, 2486.44, 1358.24], [40.037, 38.615, 36.845, 34.851])
T = curve([9787.80, 4469.00, 2451.52, 1356.24], [40.121, 38.651, 36.970, 34.987])
JCT_A = curve([108048.8736, 61279.976, 33905.6656, 18883.6928], [43.6471, 40.3953, 37.247, 34.2911])
JCT_T = curve([108061.2784, 61299.9936, 33928.7472, 18910.912], [43.6768, 40.4232, 37.2761, 34.3147])
ANSWERS = {"cubic": (-4.4204627, 0.1204094), "pchip": (-4.4174854, 0.1196928), "akima": (-4.4252452, 0.1194093)}


@st.composite
def curves(draw: st.DrawFn, *, points: int = 4) -> Curve:
    """Draw a strictly rising curve around 1 Mb/s and a quality of 50."""
    steps = st.floats(0.05, 0.5)
    rates = 200 * 10 ** np.cumsum([draw(steps) for _ in range(points)])
    qualities = 30 + 20 * np.cumsum([draw(steps) for _ in range(points)])
    return curve(rates, qualities)


@pytest.mark.parametrize("method", METHODS)
def test_the_published_curves_give_the_published_answers(method: str) -> None:
    rate, quality = ANSWERS[method]
    found = bd(A, T, method=method)
    # To the digits of the published values.
    assert found.bd_rate_percent == pytest.approx(rate, abs=5e-8)
    assert found.bd_quality == pytest.approx(quality, abs=5e-8)
    assert found.note == ""


def test_the_jct_vc_curves_give_the_published_answer() -> None:
    assert bd(JCT_A, JCT_T).bd_rate_percent == pytest.approx(-0.465215, abs=5e-7)


@given(one=curves(), method=st.sampled_from(METHODS))
def test_a_curve_against_itself_is_zero(one: Curve, method: str) -> None:
    found = bd(one, one, method=method)
    assert found.bd_rate_percent == found.bd_quality == 0
    assert found.overlap == found.rate_overlap == 1


@given(one=curves(), factor=st.floats(0.25, 4), method=st.sampled_from(METHODS))
def test_scaling_the_rate_changes_bd_rate_by_just_that(one: Curve, factor: float, method: str) -> None:
    scaled = curve(one.rates * factor, one.qualities)
    assert bd(one, scaled, method=method).bd_rate_percent == pytest.approx((factor - 1) * 100, abs=1e-6)


@given(one=curves(), shift=st.floats(-1, 1), method=st.sampled_from(METHODS))
def test_shifting_the_quality_changes_bd_quality_by_just_that(one: Curve, shift: float, method: str) -> None:
    moved = curve(one.rates, one.qualities + shift)
    assert bd(one, moved, method=method).bd_quality == pytest.approx(shift, abs=1e-7)


@given(one=curves(), other=curves(points=5), method=st.sampled_from(METHODS))
def test_swapping_the_curves_inverts_the_ratio_and_the_sign(one: Curve, other: Curve, method: str) -> None:
    there, back = bd(one, other, method=method), bd(other, one, method=method)
    if there.bd_rate_percent is None or back.bd_rate_percent is None:
        assert there.bd_rate_percent is back.bd_rate_percent is None
    else:
        product = (1 + there.bd_rate_percent / 100) * (1 + back.bd_rate_percent / 100)
        assert product == pytest.approx(1, rel=1e-8)
    if there.bd_quality is not None and back.bd_quality is not None:
        assert there.bd_quality == pytest.approx(-back.bd_quality, abs=1e-9)


@given(st.permutations(range(4)))
def test_the_order_of_points_changes_nothing(order: list[int]) -> None:
    assert bd(curve(A.rates[order], A.qualities[order]), T) == bd(A, T)


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([-1.0, 0.0, 5e-324, 100.0]),
            st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, 50.0, 99.5, 100.0]),
        ),
        max_size=9,
    )
)
def test_any_points_make_a_front_that_rises_and_account_for_the_rest(points: list[tuple[float, float]]) -> None:
    made = curve([rate for rate, _ in points], [quality for _, quality in points], saturated_from=SATURATED_VMAF)
    assert len(made) + len(made.dropped) == len(points)
    assert (np.diff(made.rates) > 0).all()
    assert (np.diff(made.qualities) > 0).all()
    assert np.isfinite(made.log_rates).all()


@given(curves(points=3), curves(points=2), st.sampled_from(METHODS))
def test_two_and_three_points_are_joined_by_straight_lines_with_a_warning(one: Curve, two: Curve, method: str) -> None:
    found = bd(one, two, method=method)
    assert found.method == "linear"
    assert "only 2 points" in found.note


def test_straight_lines_are_integrated_exactly() -> None:
    # Of log10 rate between qualities 0 and 2: anchor 2 -> 3 -> 4 (mean 3), test 2 -> 2.5 -> 4 (mean 2.75).
    found = bd(curve([100, 1000, 10000], [0, 1, 2]), curve([100, 10**2.5, 10000], [0, 1, 2]))
    assert found.bd_rate_percent == pytest.approx((10**-0.25 - 1) * 100)


@pytest.mark.parametrize(("points", "told"), [(0, "no point"), (1, "1 point")])
def test_one_point_is_no_curve(points: int, told: str) -> None:
    found = bd(A, curve([1000.0] * points, [30.0] * points))
    assert (found.bd_rate_percent, found.bd_quality, found.overlap) == (None, None, None)
    assert found.note.startswith(f"the test has {told}")
    assert bd(curve([1000.0] * points, [30.0] * points), A).note.startswith(f"the anchor has {told}")


def shifted(by: float) -> Curve:
    """Return a curve of qualities 0 to 1, moved up."""
    return curve([100, 200, 400, 800], np.linspace(0, 1, 4) + by)


@pytest.mark.parametrize(
    ("shift", "refused", "told"),
    # Of two ranges of length 1 moved by d, both share (1 - d) / (1 + d).
    [(0.0, False, ""), (0.14, False, ""), (0.15, False, "below 75%"), (0.59, False, "26%"), (0.61, True, "24%")],
)
def test_overlap_below_75_percent_warns_and_below_25_refuses(shift: float, refused: bool, told: str) -> None:
    found = bd(shifted(0), shifted(shift))
    assert found.overlap == pytest.approx((1 - shift) / (1 + shift))
    assert (found.bd_rate_percent is None) is refused
    assert (told in found.note) if told else found.note == ""
    assert found.bd_quality == pytest.approx(shift)


def test_without_overlap_there_is_no_number_and_the_reason() -> None:
    found = bd(A, curve([10, 20, 40, 80], [10, 12, 14, 16]))
    assert (found.bd_rate_percent, found.bd_quality, found.overlap) == (None, None, 0)
    assert "no qualities in common" in found.note
    assert "no bitrates in common" in found.note


def test_saturated_points_are_left_out_and_listed() -> None:
    made = curve([100, 200, 400, 800], [80, 95, 99.5, 99.9], saturated_from=SATURATED_VMAF)
    assert made.qualities.tolist() == [80, 95]
    assert made.dropped == ("400 kb/s (99.5) is saturated (from 99.5)", "800 kb/s (99.9) is saturated (from 99.5)")
    assert len(curve([100, 200, 400, 800], [80, 95, 99.5, 99.9])) == 4


def test_what_is_off_the_front_is_listed_with_the_reason() -> None:
    made = curve([100, 200, 300, 300, 400, 400], [50, 60, 55, 60, 70, 70], list("abcdef"))
    assert made.labels == ("a", "b", "e")
    assert made.dropped == (
        "d at 300 kb/s (60) is no better than b at 200 kb/s (60)",
        "c at 300 kb/s (55) is no better than b at 200 kb/s (60)",
        "f at 400 kb/s (70) is there twice",
    )


def test_a_ratio_beyond_all_numbers_is_none() -> None:
    found = bd(curve([1e-200, 2e-200], [1, 2]), curve([1e200, 2e200], [1, 2]))
    assert found.bd_rate_percent is None
    assert "beyond all numbers" in found.note
    assert not any(isinstance(value, float) and math.isnan(value) for value in (found.bd_quality, found.overlap))
