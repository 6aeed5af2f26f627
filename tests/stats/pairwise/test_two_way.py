"""two_way against values worked by hand and a peer's covariance; pigeonhole and gee against theirs."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit, stdtr, stdtrit
from scipy.stats import binomtest
from statsmodels.stats.sandwich_covariance import cov_cluster, cov_cluster_2groups

from qualab.stats.pairwise.preference import sign_flip
from qualab.stats.pairwise.two_way import gee, pigeonhole, two_way, variances
from qualab.stats.tally import tally
from qualab.study.tables import FOREIGN_VOTE_COLUMNS


def votes_of(rows: list[list[int | None]]) -> pd.DataFrame:
    """Rows are subjects, columns clips; 1 prefers the test HRC, 0 the baseline, None is a tie, -1 no vote."""
    words = {1: "b", 0: "a", None: "tie"}
    cells = [(i, j, vote) for i, row in enumerate(rows) for j, vote in enumerate(row) if vote != -1]
    table = [(f"viewer {i}", f"clip-{j}", "bicubic", "sr", words[vote]) for i, j, vote in cells]
    return pd.DataFrame(table, columns=list(FOREIGN_VOTE_COLUMNS))


def random_votes(subjects: int = 14, clips: int = 9, *, missing: float = 0.3, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    lean = rng.normal(0.6, 1, (subjects, 1)) + rng.normal(0, 1, clips)
    rows = np.where(rng.random((subjects, clips)) < expit(lean), 1, 0)
    return votes_of(np.where(rng.random(rows.shape) < missing, -1, rows).tolist())


def test_the_three_variances_are_those_worked_by_hand() -> None:
    found = variances(tally(votes_of([[1, 1, 1], [1, 1, 0], [1, 0, 1], [1, 1, 1]])))
    assert [one / 144 for one in found] == pytest.approx([0.00925926, 0.00694444, 0.0115741], rel=1e-5)


def test_unequal_numbers_of_votes_give_statsmodels_clustered_covariances() -> None:
    votes = random_votes()
    preferred = votes["choice"].eq("b").to_numpy(dtype=float)
    fitted = sm.OLS(preferred, np.ones(len(votes))).fit()
    by = [pd.factorize(votes[name])[0] for name in ("subject", "src")]
    peers = [float(cov_cluster(fitted, codes, use_correction=False)[0, 0]) for codes in by]
    correction = [len(set(codes)) / (len(set(codes)) - 1) for codes in by]
    by_subject, by_clip, by_cell = (one / len(votes) ** 2 for one in variances(tally(votes)))
    assert [by_subject, by_clip] == pytest.approx([v * c for v, c in zip(peers, correction, strict=True)], rel=1e-12)
    # statsmodels' two-way covariance without corrections is their plain sum less that of the cells.
    both = float(cov_cluster_2groups(fitted, *by, use_correction=False)[0][0, 0])
    assert by_cell == pytest.approx(sum(peers) - both, rel=1e-12)


def test_interval_and_p_are_students_with_the_fewer_of_subjects_and_clips() -> None:
    votes = random_votes()
    result = two_way(votes)
    by_subject, by_clip, by_cell = variances(tally(votes))
    error = math.sqrt(max(by_subject + by_clip - by_cell, by_subject, by_clip)) / len(votes)
    share = votes["choice"].eq("b").mean()
    half = stdtrit(8, 0.975) * error
    assert result.estimate == pytest.approx(share)
    assert result.ci == pytest.approx((share - half, min(1.0, share + half)))
    assert result.p_value == pytest.approx(2 * stdtr(8, -abs(share - 0.5) / error))
    assert (result.estimand, result.n_subjects, result.n_srcs) == ("E2", 14, 9)


def test_two_votes_in_a_cell_are_no_two_clusters() -> None:
    votes = random_votes()
    twice = pd.concat([votes, votes])
    once, doubled = two_way(votes), two_way(twice)
    assert doubled.ci == pytest.approx(once.ci)
    assert (doubled.estimate, doubled.p_value) == pytest.approx((once.estimate, once.p_value))


def test_a_tie_counts_one_half() -> None:
    rows: list[list[int | None]] = [[1, None, 0, 1, None]] * 3 + [[None, 1, 1, 1, 0]] * 3
    assert two_way(votes_of(rows)).estimate == pytest.approx((3 * 3 + 3 * 3.5) / 30)


@pytest.mark.parametrize("analysis", [two_way, pigeonhole])
def test_four_clips_cannot_speak_for_all_clips(analysis: object) -> None:
    result = analysis(votes_of([[1, 0, 1, 1]] * 20))  # type: ignore[operator]
    assert (result.estimate, result.ci, result.p_value, result.is_reachable) == (None, None, None, False)
    assert "4 clips cannot speak for the population of clips: 5 are needed" in result.note


@pytest.mark.parametrize("analysis", [two_way, pigeonhole, gee])
def test_one_viewer_cannot_speak_for_all_viewers(analysis: object) -> None:
    result = analysis(votes_of([[1, 0, 1, 1, 1, 0]]))  # type: ignore[operator]
    assert result.estimate is None
    assert "one viewer" in result.note


@pytest.mark.parametrize("analysis", [two_way, pigeonhole])
def test_votes_of_one_mind_have_the_interval_of_as_many_votes_as_there_are_clips(analysis: object) -> None:
    result = analysis(votes_of([[1] * 7] * 30))  # type: ignore[operator]
    # Seven clips are fewer than thirty viewers: what seven independent votes of seven would tell.
    assert result.ci == pytest.approx(binomtest(7, 7).proportion_ci(), abs=1e-9)
    assert result.p_value == pytest.approx(binomtest(7, 7).pvalue)
    assert "7 independent votes" in result.note


def test_variance_that_cancels_is_not_taken_for_certainty() -> None:
    # Every viewer and every clip has two of three for b, so neither spreads; the share is not one half.
    rows = [[1 if (i + j) % 3 else 0 for j in range(6)] for i in range(6)]
    result = two_way(votes_of(rows))
    assert result.estimate == pytest.approx(2 / 3)
    assert result.ci == pytest.approx(binomtest(4, 6).proportion_ci(), abs=1e-9)
    assert result.p_value == pytest.approx(binomtest(4, 6).pvalue)


def test_a_share_near_an_end_says_that_its_interval_is_too_narrow() -> None:
    rows = [[1] * 8 for _ in range(20)]
    rows[3][2] = rows[9][5] = 0
    assert "too narrow" in two_way(votes_of(rows)).note  # type: ignore[arg-type]
    assert two_way(random_votes()).note == ""


def test_clips_that_differ_widen_what_is_said_of_all_clips() -> None:
    rows: list[list[int | None]] = [[1, 1, 1, 1, 1, 1, 0, 0]] * 15 + [[1, 1, 1, 1, 1, 0, 0, 0]] * 15
    these, all_clips = sign_flip(votes_of(rows)), two_way(votes_of(rows))
    assert these.p_value is not None
    assert all_clips.p_value is not None
    assert these.p_value < 1e-6
    assert all_clips.p_value > 0.05


def test_a_score_has_its_mean_and_the_interval_of_both_estimands() -> None:
    rng = np.random.default_rng(8)
    votes = random_votes(missing=0.0)
    scores = rng.integers(-3, 4, len(votes)).astype(float)
    first, both = (analysis(votes.assign(score=scores)).effects for analysis in (sign_flip, two_way))
    means = scores.reshape(14, 9).mean(axis=1)
    half = stdtrit(13, 0.975) * means.std(ddof=1) / math.sqrt(14)
    assert first["mean_score"] == both["mean_score"] == pytest.approx(scores.mean())
    assert first["mean_score_lo"] == pytest.approx(scores.mean() - half)
    assert first["mean_score_hi"] == pytest.approx(scores.mean() + half)
    assert both["mean_score_lo"] is not None
    some = np.where(np.arange(len(votes)) < 9, scores, np.nan)
    assert sign_flip(votes.assign(score=some)).effects["mean_score"] == pytest.approx(scores[:9].mean())
    assert sign_flip(votes.assign(score=some)).effects["mean_score_lo"] is None
    assert "mean_score" not in sign_flip(votes.assign(score=np.nan)).effects


def test_pigeonhole_equals_drawing_every_subject_and_clip_with_replacement() -> None:
    # Two subjects and five clips: all 2^2 x 5^5 draws can be counted, so the true quantiles are known.
    rows = np.array([[1, 1, 0, 1, 0], [1, 0, 0, 1, 1]])
    shares = [
        rows[np.ix_(one, two)].mean() for one in product(range(2), repeat=2) for two in product(range(5), repeat=5)
    ]
    result = pigeonhole(votes_of(rows.tolist()))
    # 2,000 resamples: a quantile's place has a standard error of 0.0035, and steps of shares are 0.1 apart.
    assert result.ci == pytest.approx(np.quantile(shares, (0.025, 0.975)), abs=0.1 + 1e-9)
    assert result.p_value == pytest.approx(min(1.0, 2 * np.mean(np.array(shares) <= 0.5)), abs=0.05)


def test_pigeonhole_is_the_same_twice_and_is_near_two_way() -> None:
    votes = random_votes(40, 20, missing=0.0)
    first, peer = pigeonhole(votes), two_way(votes)
    assert first == pigeonhole(votes)
    assert first.ci is not None
    assert peer.ci is not None
    # It is known to be conservative by the variance within cells, and takes no t: widths agree to a fifth.
    assert np.ptp(first.ci) == pytest.approx(np.ptp(peer.ci), rel=0.2)


def test_gee_of_a_complete_table_is_the_share_with_the_robust_error_by_subject() -> None:
    votes = random_votes(missing=0.0)
    result = gee(votes)
    by_subject = variances(tally(votes))[0] * 13 / 14 / len(votes) ** 2
    share = votes["choice"].eq("b").mean()
    assert result.estimate == pytest.approx(share, abs=1e-6)
    assert result.effects["log_odds_se"] == pytest.approx(math.sqrt(by_subject) / (share * (1 - share)), rel=1e-4)
    assert result.note == ""


def test_gee_of_one_mind_says_that_there_is_nothing_to_fit() -> None:
    result = gee(votes_of([[1, 1, 1]] * 8))
    assert result.ci == pytest.approx(binomtest(8, 8).proportion_ci(), abs=1e-9)
    assert result.p_value == pytest.approx(2**-7)
    assert "nothing to fit" in result.note


def test_equations_that_do_not_converge_give_a_note_and_no_number() -> None:
    # Within every viewer votes cancel: exchangeable correlation comes out at its limit, the error at 0.
    result = gee(votes_of([[1, 0]] * 6 + [[0, 1]] * 6))
    assert result.estimate is None
    assert "did not converge" in result.note or "failed" in result.note
