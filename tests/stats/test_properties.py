"""What every analysis owes whatever the votes: symmetry, and error rates as promised."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from qualab.stats import ANALYSES
from qualab.stats.analysis import Role
from qualab.stats.pairwise.position import position
from qualab.stats.pairwise.preference import sign_flip
from qualab.stats.result import Result
from qualab.study.tables import FOREIGN_VOTE_COLUMNS

FEW = settings(max_examples=15, deadline=None)
SCALES = ("bradley_terry", "davidson")
# What asks for one pair and whose estimate is the share that prefers its second HRC.
OF_VOTES = [row.run for row in ANALYSES.values() if row.role is not Role.AGREEMENT]
_OTHERS = (Role.SCALE, Role.ORDER_EFFECT, Role.SCREENING, Role.AGREEMENT)
OF_A_PAIR = [row.run for row in ANALYSES.values() if row.role not in _OTHERS]
COLUMNS = [*FOREIGN_VOTE_COLUMNS, "left_hrc"]
CLIPS = ["cups", "blocks", "tram", "reef", "crowd", "night"]


def tables(pairs: list[tuple[str, str]]) -> st.SearchStrategy[pd.DataFrame]:
    """Return tables of up to 40 votes on these pairs, some viewers seeing a clip twice and many not seeing it."""
    vote = st.tuples(
        st.sampled_from("PQRSTUVW"),
        st.sampled_from(CLIPS),
        st.sampled_from(pairs),
        st.sampled_from(["a", "b", "b", "tie"]),
        st.sampled_from([0, 1]),
    )
    return st.lists(vote, max_size=40).map(
        lambda rows: pd.DataFrame(
            [(subject, src, *pair, choice, pair[side]) for subject, src, pair, choice, side in rows],
            columns=COLUMNS,
            dtype=object,
        )
    )


VOTES = tables([("bicubic", "sr")])
SEVERAL = tables([("bicubic", "net"), ("bicubic", "sr"), ("net", "sr")])


def numbers(result: Result) -> list[float]:
    found = [result.estimate, *(result.ci or (None, None)), result.p_value, *result.effects.values()]
    found += [number for one in result.scale for number in (one.estimate, one.se, *one.jod_ci)]
    return [-99.0 if number is None else float(number) for number in found]


def swapped(votes: pd.DataFrame) -> pd.DataFrame:
    """Return the same votes with the HRCs' places exchanged; what was shown left stays there."""
    turned = votes["choice"].map({"a": "b", "b": "a", "tie": "tie"})
    return votes.assign(hrc_a=votes["hrc_b"], hrc_b=votes["hrc_a"], choice=turned)


@pytest.mark.parametrize("analysis", OF_VOTES)
@given(votes=VOTES, order=st.randoms(use_true_random=False))
@FEW
def test_the_order_of_rows_changes_nothing(analysis: Callable[..., Result], votes: pd.DataFrame, order: object) -> None:
    places = list(range(len(votes)))
    order.shuffle(places)  # type: ignore[attr-defined]
    first, second = analysis(votes), analysis(votes.iloc[places])
    # Sums of other orders differ in the last digits, and fits stop within 1e-8 of the top.
    assert numbers(first) == pytest.approx(numbers(second), rel=1e-7, abs=1e-9)
    assert (first.note, first.counts) == (second.note, second.counts)


@pytest.mark.parametrize("analysis", OF_A_PAIR)
@given(votes=VOTES)
@FEW
def test_swapping_sides_flips_the_preference(analysis: Callable[..., Result], votes: pd.DataFrame) -> None:
    first, second = analysis(votes), analysis(swapped(votes))
    assert numbers(first)[3] == pytest.approx(numbers(second)[3], rel=1e-7)
    if first.estimate is not None:
        assert second.estimate == pytest.approx(1 - first.estimate, abs=1e-9)
    if first.ci is not None:
        assert second.ci == pytest.approx((1 - first.ci[1], 1 - first.ci[0]), abs=1e-9)
    assert first.note == second.note


@given(votes=VOTES)
@FEW
def test_swapping_sides_leaves_the_position_effect_and_flips_the_preference_beside_it(votes: pd.DataFrame) -> None:
    first, second = position(votes), position(swapped(votes))
    assert (first.estimate, first.ci, first.p_value) == (second.estimate, second.ci, second.p_value)
    assert first.effects["b1"] == pytest.approx(second.effects["b1"])
    assert first.effects["b0"] == pytest.approx(None if second.effects["b0"] is None else -second.effects["b0"])


@pytest.mark.parametrize("name", SCALES)
@given(votes=SEVERAL)
@FEW
def test_swapping_sides_leaves_the_scale(name: str, votes: pd.DataFrame) -> None:
    first, second = ANALYSES[name].run(votes), ANALYSES[name].run(swapped(votes))
    assert numbers(first) == pytest.approx(numbers(second), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", SCALES)
@given(votes=SEVERAL)
@FEW
def test_other_names_permute_the_scale(name: str, votes: pd.DataFrame) -> None:
    # Reversed in order of the alphabet, so that every place in the scale changes.
    names = {"bicubic": "z", "net": "y", "sr": "x"}
    renamed = votes.assign(**{column: votes[column].map(names) for column in ("hrc_a", "hrc_b", "left_hrc")})
    first, second = ANALYSES[name].run(votes), ANALYSES[name].run(renamed)
    place = {one.hrc: one.estimate for one in second.scale}
    assert [one.estimate for one in first.scale] == pytest.approx(
        [place[names[one.hrc]] for one in first.scale], abs=1e-6
    )


@pytest.mark.parametrize("analysis", OF_VOTES)
@given(votes=VOTES)
@FEW
def test_other_names_give_the_same_numbers(analysis: Callable[..., Result], votes: pd.DataFrame) -> None:
    hrcs = {"bicubic": "lanczos", "sr": "net"}
    renamed = votes.assign(
        subject="x" + votes["subject"].astype(str),
        src=votes["src"].astype(str) + "-2",
        **{column: votes[column].map(hrcs) for column in ("hrc_a", "hrc_b", "left_hrc")},
    )
    assert numbers(analysis(votes)) == numbers(analysis(renamed))


@pytest.mark.parametrize("analysis", OF_VOTES)
@given(votes=VOTES)
@FEW
def test_the_estimate_lies_in_its_interval_and_both_between_0_and_1(
    analysis: Callable[..., Result], votes: pd.DataFrame
) -> None:
    result = analysis(votes)
    if result.estimate is None:
        assert result.note or result.scale
    elif result.ci is not None:
        assert 0 <= result.ci[0] <= result.estimate <= result.ci[1] <= 1
        assert result.p_value is not None
        assert 0 < result.p_value <= 1


def crossed(
    runs: int, *, subject_sd: float, clip_sd: float, centre: float = 0.0, seed: int
) -> Iterator[tuple[pd.DataFrame, float, float]]:
    """Yield votes of 24 subjects on 12 clips, and the share of all viewers on these clips, and on all clips."""
    rng = np.random.default_rng(seed)
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    weights = weights / weights.sum()
    frame = pd.DataFrame({"subject": np.repeat(np.arange(24), 12), "src": np.tile(np.arange(12), 24)})
    frame = frame.assign(hrc_a="bicubic", hrc_b="sr")
    everywhere = float(expit(centre + np.hypot(subject_sd, clip_sd) * nodes) @ weights)
    for _ in range(runs):
        clips = centre + rng.normal(0.0, clip_sd, 12)
        answers = rng.random((24, 12)) < expit(clips + rng.normal(0.0, subject_sd, (24, 1)))
        here = float((expit(clips[:, None] + subject_sd * nodes) @ weights).mean())
        yield frame.assign(choice=np.where(answers.ravel(), "b", "a")), here, everywhere


# The whole form, 2,000 runs of many more kinds of study, is tests/bench/false_positives.py.
@pytest.mark.parametrize(("name", "clip_sd"), [("sign_flip", 0.0), ("two_way", 1.0)])
def test_without_a_preference_about_5_percent_of_studies_claim_one(name: str, clip_sd: float) -> None:
    runs = 600
    studies = crossed(runs, subject_sd=1.0, clip_sd=clip_sd, seed=11)
    claims = sum((ANALYSES[name].run(votes).p_value or 1.0) <= 0.05 for votes, _, _ in studies)
    # Promised are at most 6%; at 5%, 600 runs exceed 7.7% only for 2 seeds in 1,000. One that ignores what depends
    # on what is beyond 20%, and one that never rejects would pass without the other bound.
    assert 0.02 * runs <= claims <= 0.077 * runs


@pytest.mark.parametrize("name", ["sign_flip", "two_way"])
@pytest.mark.parametrize("centre", [0.0, 0.8])
def test_the_95_percent_interval_covers_its_estimand_about_95_times_in_100(name: str, centre: float) -> None:
    covered = []
    for votes, here, everywhere in crossed(400, subject_sd=1.0, clip_sd=1.0, centre=centre, seed=3):
        result = ANALYSES[name].run(votes)
        low, high = result.ci or (1.0, 0.0)
        covered.append(low <= (here if result.estimand == "E1" else everywhere) <= high)
    # Promised are 93 to 97%; three standard errors of 400 runs at 95% are 3.3%.
    assert 0.917 <= np.mean(covered) <= 0.983


def test_the_interval_of_all_clips_is_needed_where_clips_differ() -> None:
    """sign_flip answers another question: of these clips. Taken for all clips it would claim far too much."""
    studies = crossed(200, subject_sd=1.0, clip_sd=1.0, seed=12)
    claims = sum((sign_flip(votes).p_value or 1.0) <= 0.05 for votes, _, _ in studies)
    # About 18% do; the lowest of 1,000 seeds would be near 10% of 200 runs.
    assert claims > 0.1 * 200
