"""Sample sizes and power: the known answers of the planner, and counting by hand."""

import pytest
from scipy.stats import binomtest

from qualab.errors import InputError
from qualab.stats.power.sample_size import (
    clips_for,
    design_effect,
    effective_n,
    exact_power,
    sample_size,
    sure_powers,
    viewers_for,
)


@pytest.mark.parametrize(("share", "n"), [(0.60, 210), (0.65, 97), (0.70, 54), (0.75, 35), (0.83, 20)])
def test_sample_sizes_for_80_percent_power(share: float, n: int) -> None:
    assert sample_size(share) == n
    assert sample_size(1 - share) == n


@pytest.mark.parametrize(("share", "n", "power"), [(0.83, 24, 0.9008242), (0.65, 100, 0.8275851)])
def test_exact_power(share: float, n: int, power: float) -> None:
    # The published figures have seven digits.
    assert exact_power(share, n) == pytest.approx(power, abs=5e-8)


@pytest.mark.parametrize("n", [0, 1, 5, 6, 12, 13, 40])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_power_is_the_chance_of_the_counts_that_the_exact_test_rejects(n: int, alpha: float) -> None:
    rejected = [k for k in range(n + 1) if n and binomtest(k, n, 0.5).pvalue <= alpha]
    chances = [binomtest(k, n, 0.7, alternative="less").pvalue for k in range(n + 1)] if n else []
    by_hand = sum(chances[k] - (chances[k - 1] if k else 0.0) for k in rejected)
    assert exact_power(0.7, n, alpha) == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize("share", [0.6, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("power", [0.05, 0.5, 0.8, 0.95])
def test_from_the_sample_size_on_power_never_falls_below_the_target_again(share: float, power: float) -> None:
    n = sample_size(share, power)
    assert exact_power(share, n - 1) < power
    assert min(exact_power(share, more) for more in range(n, n + 400)) >= power


def test_dependence_leaves_less_of_the_votes() -> None:
    assert design_effect(24, 12, 0.05, 0.10) == pytest.approx(3.85)
    assert effective_n(24, 12, 0.05, 0.10) == pytest.approx(74.805, abs=5e-4)
    assert effective_n(24, 12, 0.0, 0.0) == 24 * 12
    # More viewers cannot make up for clips: 12 clips are worth 120 votes at most.
    assert 119 < effective_n(10**6, 12, 0.05, 0.10) < 120


@pytest.mark.parametrize("share", [0.5, 0.5001])
def test_a_share_next_to_one_half_has_no_sample_size(share: float) -> None:
    with pytest.raises(InputError, match="farther from one half"):
        sample_size(share)


def test_what_is_no_probability_is_refused() -> None:
    for wrong in (lambda: exact_power(1.2, 10), lambda: sample_size(0.7, power=1.0), lambda: exact_power(0.7, 10, 0.0)):
        with pytest.raises(InputError):
            wrong()
    with pytest.raises(InputError, match="at least one"):
        design_effect(0, 12, 0.1, 0.1)


@pytest.mark.parametrize("share_seen", [1.0, 0.5])
@pytest.mark.parametrize("viewers", [12, 24, 60])
def test_the_clips_for_a_size_are_the_fewest_whose_votes_weigh_enough(viewers: int, share_seen: float) -> None:
    def worth(clips: int) -> float:
        seen, on_a_clip = clips * share_seen, viewers * share_seen
        return viewers * seen / (1 + (seen - 1) * 0.05 + (on_a_clip - 1) * 0.1)

    found = clips_for(97, n_viewers=viewers, rho_subject=0.05, rho_clip=0.1, share_seen=share_seen)
    assert found is not None
    assert worth(found) >= 97 - 1e-9 > worth(found - 1)


def test_too_few_viewers_have_no_number_of_clips_and_too_few_clips_no_number_of_viewers() -> None:
    assert clips_for(97, n_viewers=4, rho_subject=0.05, rho_clip=0.1) is None
    assert viewers_for(97, n_clips=9, rho_subject=0.05, rho_clip=0.1) is None
    assert viewers_for(97, n_clips=12, rho_subject=0.0, rho_clip=0.0) == 9


def test_sure_powers_are_the_saw_from_below() -> None:
    found = sure_powers(0.7, 80)
    by_hand = [min(exact_power(0.7, more) for more in range(n, n + 300)) for n in range(81)]
    assert found.tolist() == pytest.approx(by_hand, abs=1e-12)
