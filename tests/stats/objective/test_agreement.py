"""Votes against metrics: the worked example, scipy's correlations, and clips too few or too much alike."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap, kendalltau, pearsonr, spearmanr

from qualab.errors import InputError
from qualab.stats.objective.agreement import agreement, points
from qualab.study.tables import FOREIGN_VOTE_COLUMNS, POINT_COLUMNS, empty

DELTA = [6.1, 4.2, 3.3, -0.5, 0.8, 5.0, 2.2, 1.1]
SHARE = [0.83, 0.71, 0.66, 0.48, 0.55, 0.62, 0.70, 0.50]


def clips(delta: list[float], share: list[float], n: int = 30) -> pd.DataFrame:
    table = pd.DataFrame({"src": [f"clip-{i:02d}" for i in range(len(delta))], "delta": delta, "share": share})
    return table.assign(hrc_a="bicubic", hrc_b="sr", metric="vmaf", n_votes=n, n_subjects=n)[list(POINT_COLUMNS)]


def test_the_worked_example_has_its_published_numbers() -> None:
    effects = agreement(clips(DELTA, SHARE)).effects
    found = [effects[name] for name in ("plcc", "srocc", "kendall", "auc_ds", "auc_bw", "c0")]
    assert found == pytest.approx([0.850171, 0.809524, 0.642857, 0.8, 1.0, 1.0], abs=1e-6)


def test_the_intervals_are_those_of_scipys_bootstrap_over_clips() -> None:
    rng = np.random.default_rng(2)
    delta = rng.normal(3, 2, 25).round(1)
    share = (0.5 + 0.08 * delta + rng.normal(0, 0.1, 25)).clip(0, 1).round(2)
    effects = agreement(clips(delta.tolist(), share.tolist())).effects
    statistics = {"plcc": pearsonr, "srocc": spearmanr, "kendall": kendalltau}
    for name, statistic in statistics.items():
        peer = bootstrap(
            (delta, share),
            lambda x, y, by=statistic: by(x, y)[0],
            paired=True,
            vectorized=False,
            n_resamples=1000,
            method="percentile",
            rng=np.random.default_rng(3),
        ).confidence_interval
        # Quantiles of 1,000 and 2,000 resamples of a correlation with a standard deviation near 0.1.
        assert (effects[f"{name}_lo"], effects[f"{name}_hi"]) == pytest.approx(tuple(peer), abs=0.05)
        assert effects[name] == pytest.approx(statistic(delta, share)[0])


def test_a_metric_with_the_wrong_sign_is_found_out() -> None:
    effects = agreement(clips([-one for one in DELTA], SHARE)).effects
    assert (effects["auc_bw"], effects["c0"]) == (0.0, 0.0)
    assert effects["plcc"] == pytest.approx(-0.850171, abs=1e-6)
    assert effects["auc_ds"] == pytest.approx(0.8)


def test_turning_the_pair_round_changes_no_number() -> None:
    turned = agreement(clips([-one for one in DELTA], [1 - one for one in SHARE])).effects
    told = agreement(clips(DELTA, SHARE)).effects
    assert list(turned.values()) == pytest.approx(list(told.values()), abs=1e-9)


def test_the_order_of_clips_changes_nothing() -> None:
    table = clips(DELTA, SHARE)
    assert agreement(table.iloc[::-1]) == agreement(table)


def test_seven_clips_show_no_correlation() -> None:
    result = agreement(clips(DELTA[:7], SHARE[:7]))
    assert {result.effects[name] for name in ("plcc", "srocc", "kendall", "plcc_lo", "kendall_hi")} == {None}
    assert "7 clips say nothing of a correlation: 8 are needed" in result.note
    assert result.effects["c0"] == 1.0


@pytest.mark.parametrize(
    ("delta", "share", "said"),
    [
        (DELTA, [0.5] * 8, "no clip"),
        ([2.0] * 8, SHARE, "do not vary"),
        (DELTA, [1.0] * 8, "every clip"),
        ([], [], "no clip has both"),
    ],
)
def test_what_does_not_vary_gives_a_note_and_no_number(delta: list[float], share: list[float], said: str) -> None:
    result = agreement(clips(delta, share))
    assert said in result.note
    assert result.effects["plcc"] is None


def test_clips_nearly_all_alike_give_numbers_from_the_resamples_that_vary() -> None:
    result = agreement(clips([0.0] * 9 + [1.0], [0.5] * 9 + [0.9]))
    assert result.effects["plcc"] == pytest.approx(1.0)
    assert result.effects["plcc_lo"] == pytest.approx(1.0)


def test_a_tie_is_half_a_vote_for_neither_side() -> None:
    # 12 b, 1 a, 11 ties of 24: 17.5 of 24 is no more than 17, whose exact p is .064; 18 would be .023.
    effects = agreement(clips([3.0], [17.5 / 24], n=24)).effects
    assert effects["c0"] is None
    assert agreement(clips([3.0], [18 / 24], n=24)).effects["c0"] == 1.0


def test_points_stand_beside_each_other_clip_by_clip() -> None:
    rows = [
        ("p", "x", "bicubic", "sr", "b"),
        ("q", "x", "bicubic", "sr", "tie"),
        ("p", "y", "bicubic", "sr", "a"),
        ("p", "z", "bicubic", "sr", "a"),
    ]
    votes = pd.DataFrame(rows, columns=list(FOREIGN_VOTE_COLUMNS))
    deltas = pd.DataFrame(
        [
            ("bicubic", "sr", "x", "vmaf", 4.0),
            ("bicubic", "sr", "x", "psnr", np.inf),
            ("bicubic", "sr", "y", "vmaf", -1.0),
            ("bicubic", "net", "y", "vmaf", 7.0),
        ],
        columns=list(POINT_COLUMNS[:5]),
    )
    found = points(votes, deltas)
    assert list(found.columns) == list(POINT_COLUMNS)
    assert found.to_numpy().tolist() == [
        ["bicubic", "sr", "x", "vmaf", 4.0, 0.75, 2, 2],
        ["bicubic", "sr", "y", "vmaf", -1.0, 0.0, 1, 1],
    ]


def test_no_votes_or_no_scores_give_no_points() -> None:
    nothing = points(empty(FOREIGN_VOTE_COLUMNS), empty(POINT_COLUMNS[:5]))
    assert list(nothing.columns) == list(POINT_COLUMNS)
    assert agreement(nothing).note == "no clip has both votes and scores"


def test_several_metrics_at_once_are_refused() -> None:
    table = clips(DELTA, SHARE)
    with pytest.raises(InputError, match="more than one pair or metric"):
        agreement(pd.concat([table, table.assign(metric="psnr")]))
