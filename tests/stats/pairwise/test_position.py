"""The position effect against statsmodels' clustered logistic regression, and on tables without sides."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import binomtest

from qualab.errors import InputError
from qualab.stats.pairwise.position import position
from qualab.stats.pairwise.preference import sign_flip


def sided(
    subjects: int = 30, clips: int = 8, *, prefers: float = 0.8, left: float = 0.5, seed: int = 3
) -> pd.DataFrame:
    """Return votes with log odds `prefers` for sr and `left` more where sr stands left; sides at random."""
    rng = np.random.default_rng(seed)
    is_left = rng.random((subjects, clips)) < 0.5
    odds = prefers + left * np.where(is_left, 1, -1) + rng.normal(0, 0.5, (subjects, 1))
    choice = np.where(rng.random((subjects, clips)) < expit(odds), "b", "a")
    names = [f"v{one}" for one in range(subjects)]
    table = pd.DataFrame({"subject": np.repeat(names, clips), "src": np.tile(np.arange(clips).astype(str), subjects)})
    table = table.assign(hrc_a="bicubic", hrc_b="sr", choice=choice.ravel())
    return table.assign(left_hrc=np.where(is_left.ravel(), "sr", "bicubic"))


def test_the_log_odds_are_those_of_a_clustered_logistic_regression() -> None:
    votes = sided()
    side = votes["left_hrc"].eq("sr").map({True: 1.0, False: -1.0})
    groups = pd.factorize(votes["subject"])[0]
    peer = sm.GLM(votes["choice"].eq("b").astype(float), sm.add_constant(side), family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}, tol=1e-12
    )
    errors = peer.bse.to_numpy() * np.sqrt(30 / 29)
    result = position(votes)
    found = [result.effects[name] for name in ("b0", "b1", "b0_se", "b1_se")]
    assert found == pytest.approx([*peer.params.to_numpy(), *errors], rel=1e-6)


def test_the_share_for_the_left_is_tested_by_flipping_subjects() -> None:
    votes = sided()
    is_left = votes["choice"].map({"a": "bicubic", "b": "sr"}) == votes["left_hrc"]
    result = position(votes)
    assert result.estimate == pytest.approx(is_left.mean())
    peer = sign_flip(votes.assign(choice=np.where(is_left, "b", "a")))
    assert (result.p_value, result.ci) == (peer.p_value, peer.ci)
    assert (result.effects["n_left"], result.effects["n_right"]) == (is_left.sum(), (~is_left).sum())
    assert result.counts == sign_flip(votes).counts


def test_ties_and_rows_without_a_side_are_left_out_and_said() -> None:
    votes = sided()
    votes.loc[:9, "choice"] = "tie"
    votes.loc[10:14, "left_hrc"] = None
    result = position(votes)
    assert result.effects["n_left"] + result.effects["n_right"] == 240 - 15  # type: ignore[operator]
    assert "15 votes without a choice or a side left out" in result.note
    assert result.n_votes == 240


def test_one_vote_a_viewer_gives_the_exact_binomial_test_of_sides() -> None:
    votes = sided(100, 1).assign(choice="b", left_hrc=["sr"] * 60 + ["bicubic"] * 40)
    result = position(votes)
    assert result.p_value == pytest.approx(binomtest(60, 100).pvalue)
    # All for sr: what standing left adds cannot be told.
    assert (result.effects["b0"], result.effects["b1"]) == (None, None)
    assert "both choices on either side" in result.note


def test_several_pairs_have_one_share_and_no_common_preference() -> None:
    votes = sided()
    result = position(pd.concat([votes, votes.assign(hrc_b="net", left_hrc=votes["left_hrc"].replace("sr", "net"))]))
    assert result.pair is None
    assert result.estimate == pytest.approx(position(votes).estimate)
    assert result.effects["b0"] is None


def test_votes_without_sides_say_so() -> None:
    result = position(sided().drop(columns="left_hrc"))
    assert (result.estimate, result.p_value) == (None, None)
    assert "left_hrc" in result.note


def test_a_side_that_shows_neither_hrc_is_refused() -> None:
    with pytest.raises(InputError, match="left_hrc is 'lanczos'"):
        position(sided().assign(left_hrc="lanczos"))
