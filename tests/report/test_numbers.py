"""How numbers are written."""

import pytest

from qualab.report.numbers import interval, p_text, percent, signed, value_of


def test_differences_carry_a_sign_and_a_true_minus() -> None:
    assert signed(-0.5, "psnr_y") == "−0.50"
    assert signed(2.0, "vmaf") == "+2.0"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_becomes_a_dash(value: float) -> None:
    assert value_of(value, "psnr") == signed(value, "psnr") == "–"
    assert percent(None) == interval(None) == p_text(None) == "–"


@pytest.mark.parametrize(("p", "text"), [(0.0569, "0.057"), (0.5, "0.50"), (0.00195, "0.0019"), (1e-300, "< 0.0001")])
def test_p_values_keep_two_figures_and_never_read_zero(p: float, text: str) -> None:
    assert p_text(p) == text
