"""How values of metrics are written."""

import pytest

from qualab.report.numbers import signed, value_of


def test_differences_carry_a_sign_and_a_true_minus() -> None:
    assert signed(-0.5, "psnr_y") == "−0.50"
    assert signed(2.0, "vmaf") == "+2.0"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_becomes_a_dash(value: float) -> None:
    assert value_of(value, "psnr") == signed(value, "psnr") == "–"
