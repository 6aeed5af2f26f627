"""How numbers are put into words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualab.stats.findings.wording import p_phrase, p_text, percent, percent_range, signed


def test_what_there_is_not_becomes_a_dash() -> None:
    assert percent(None) == percent_range(None) == p_text(None) == "–"


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0569, "0.057"), (0.05, "0.050"), (0.5, "0.50"), (0.0996, "0.10"), (0.00195, "0.0019"), (1e-300, "< 0.001")],
)
def test_p_values_keep_two_figures_and_never_read_zero(p: float, text: str) -> None:
    assert p_text(p) == text


def test_a_small_p_in_a_sentence_has_no_equals_sign() -> None:
    assert (p_phrase(0.0009), p_phrase(0.001)) == ("p < 0.001", "p = 0.0010")


@given(share=st.floats(0, 1))
def test_a_share_reads_0_or_100_percent_only_where_it_is(share: float) -> None:
    assert (percent(share) in ("0%", "0.0%")) is (share == 0)
    assert (percent(share) in ("100%", "100.0%")) is (share == 1)


def test_a_difference_has_a_true_minus_and_zero_no_sign() -> None:
    assert (signed(-0.5), signed(0.5, 1), signed(-0.001)) == ("−0.50", "+0.5", "0.00")
