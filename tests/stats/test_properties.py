"""What every analysis owes whatever the votes: symmetry, and error rates as promised."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualab.stats import ANALYSES
from qualab.stats.preference import sign_flip
from qualab.stats.result import Result
from qualab.tables import FOREIGN_VOTE_COLUMNS

VOTES = st.lists(
    st.tuples(
        st.sampled_from("PQRSTUVW"),
        st.sampled_from(["cups", "blocks", "tram"]),
        st.just("bicubic"),
        st.just("sr"),
        st.sampled_from(["a", "b", "b", "tie"]),
    ),
    max_size=40,
).map(lambda rows: pd.DataFrame(rows, columns=list(FOREIGN_VOTE_COLUMNS), dtype=object))


def numbers(result: Result) -> list[float]:
    found = [result.estimate, *(result.ci or (None, None)), result.p_value, *result.effects.values()]
    return [-99.0 if number is None else number for number in found]


@pytest.mark.parametrize("analysis", ANALYSES.values())
@given(votes=VOTES, order=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_changes_nothing(analysis: Callable[..., Result], votes: pd.DataFrame, order: object) -> None:
    places = list(range(len(votes)))
    order.shuffle(places)  # type: ignore[attr-defined]
    first, second = analysis(votes), analysis(votes.iloc[places])
    assert numbers(first) == pytest.approx(numbers(second), rel=1e-12)
    assert (first.note, first.counts) == (second.note, second.counts)


@pytest.mark.parametrize("analysis", ANALYSES.values())
@given(votes=VOTES)
@settings(max_examples=40, deadline=None)
def test_swapping_sides_flips_the_preference(analysis: Callable[..., Result], votes: pd.DataFrame) -> None:
    swapped = votes.assign(
        hrc_a=votes["hrc_b"], hrc_b=votes["hrc_a"], choice=votes["choice"].map({"a": "b", "b": "a", "tie": "tie"})
    )
    first, second = analysis(votes), analysis(swapped)
    assert numbers(first)[3] == pytest.approx(numbers(second)[3], rel=1e-12)
    if first.estimate is not None:
        assert second.estimate == pytest.approx(1 - first.estimate, abs=1e-12)
    if first.ci is not None:
        assert second.ci == pytest.approx((1 - first.ci[1], 1 - first.ci[0]), abs=1e-9)
    assert first.note == second.note


@pytest.mark.parametrize("analysis", ANALYSES.values())
@given(votes=VOTES)
@settings(max_examples=40, deadline=None)
def test_other_names_give_the_same_numbers(analysis: Callable[..., Result], votes: pd.DataFrame) -> None:
    renamed = votes.assign(
        subject="x" + votes["subject"].astype(str), src=votes["src"].astype(str) + "-2", hrc_a="lanczos", hrc_b="net"
    )
    assert numbers(analysis(votes)) == numbers(analysis(renamed))


@pytest.mark.parametrize("analysis", ANALYSES.values())
@given(votes=VOTES)
@settings(max_examples=40, deadline=None)
def test_the_estimate_lies_in_its_interval_and_both_between_0_and_1(
    analysis: Callable[..., Result], votes: pd.DataFrame
) -> None:
    result = analysis(votes)
    if result.estimate is not None and result.ci is not None:
        assert 0 <= result.ci[0] <= result.estimate <= result.ci[1] <= 1
        assert result.p_value is not None
        assert 0 < result.p_value <= 1


def crossed(runs: int, subject_sd: float, centre: float, seed: int) -> tuple[list[pd.DataFrame], float]:
    """Return tables of 24 subjects x 12 clips, and the true share of the population of viewers."""
    rng = np.random.default_rng(seed)
    lean = rng.normal(centre, subject_sd, (runs, 24, 1))
    answers = rng.random((runs, 24, 12)) < 1 / (1 + np.exp(-lean))
    frame = pd.DataFrame({"subject": np.repeat(np.arange(24), 12), "src": np.tile(np.arange(12), 24)})
    frame = frame.assign(hrc_a="bicubic", hrc_b="sr")
    population = 1 / (1 + np.exp(-np.random.default_rng(0).normal(centre, subject_sd, 400_000)))
    return [frame.assign(choice=np.where(run.ravel(), "b", "a")) for run in answers], float(population.mean())


def test_without_a_preference_at_most_6_percent_of_studies_claim_one() -> None:
    studies, _ = crossed(2000, subject_sd=1.0, centre=0.0, seed=11)
    claims = sum((sign_flip(votes).p_value or 1.0) <= 0.05 for votes in studies)
    assert claims <= 0.06 * 2000
    # A test that never rejects would pass the line above.
    assert claims >= 0.03 * 2000


@pytest.mark.parametrize("centre", [0.0, 1.0])
def test_the_95_percent_interval_covers_the_population_93_to_97_times_in_100(centre: float) -> None:
    studies, truth = crossed(1500, subject_sd=1.0, centre=centre, seed=3)
    intervals = [sign_flip(votes).ci or (0.0, 0.0) for votes in studies]
    covered = np.mean([low <= truth <= high for low, high in intervals])
    assert 0.93 <= covered <= 0.97
