"""Everything that votes say together: who is left out, what may be told while viewers vote, which tables beside."""

import pandas as pd
import pytest

from qualab.stats.findings.advice import conclusions
from qualab.stats.findings.find import NOTHING, Context, Findings, analyse, analyse_by_origin
from qualab.study.protocol import Screening
from qualab.study.tables import CHECK_COLUMNS, FOREIGN_VOTE_COLUMNS, POINT_COLUMNS, VOTE_COLUMNS, empty

PAIR = ("bicubic", "sr")


def answers(viewers: int, clips: int, choice: str = "b", first: int = 0, kind: str = "test") -> pd.DataFrame:
    """Return answers of viewers on clips; gold pairs and traps are answered right by `b`."""
    rows = [
        (f"L1-S{viewer:03d}", f"{kind}-{clip}", *PAIR, choice, PAIR[(viewer + clip) % 2])
        for viewer in range(first, first + viewers)
        for clip in range(clips)
    ]
    table = pd.DataFrame(rows, columns=[*FOREIGN_VOTE_COLUMNS, "left_hrc"])
    times = [f"2026-01-01T00:{place // 60:02d}:{place % 60:02d}" for place in range(len(table))]
    told = {"response_ms": 2000.0, "simulated": 0, "kind": kind, "valid": True, "voided": False, "voted_at": times}
    return table.assign(**told).reindex(columns=[*VOTE_COLUMNS])


def study(rules: Screening | None = None, *, is_watched: bool = False) -> Context:
    return Context({}, NOTHING.viewers, NOTHING.deltas, rules or Screening(), is_watched)


def two_camps() -> pd.DataFrame:
    """Return twelve viewers for sr who find the gold pairs, and four against it who miss them."""
    careful = [answers(12, 6), answers(12, 2, kind="gold")]
    careless = [answers(4, 6, "a", first=12), answers(4, 2, "a", first=12, kind="gold")]
    return pd.concat([*careful, *careless], ignore_index=True)


def test_the_headline_is_without_whom_the_frozen_rules_leave_out_and_both_are_told() -> None:
    found = analyse(two_camps(), context=study())
    these, apart = found.one("sign_flip", pair=PAIR), found.one("screening", pair=PAIR)
    assert these is not None
    assert apart is not None
    assert (these.n_subjects, these.estimate) == (12, 1.0)
    assert apart.effects["n_excluded"] == 4
    assert apart.effects["estimate_all"] == pytest.approx(0.75)
    assert set(found.checks.loc[found.checks["passed"].eq(False) & found.checks["excludes"], "subject"]) == {
        f"L1-S{viewer:03d}" for viewer in range(12, 16)
    }


def test_where_everybody_is_left_out_that_is_said() -> None:
    found = analyse(two_camps().query("subject >= 'L1-S012'"), context=study())
    assert conclusions(found, PAIR) == [
        "Not enough votes: there are none yet.",
        "4 viewers left out by the rules frozen at launch; with them the share is 0%.",
    ]


def test_rules_that_are_switched_off_leave_nobody_out() -> None:
    found = analyse(two_camps(), context=study(Screening(enabled=False)))
    these = found.one("sign_flip", pair=PAIR)
    assert these is not None
    assert (these.n_subjects, these.estimate) == (16, 0.75)


def test_while_viewers_may_vote_no_ordinary_p_and_no_preference_are_told() -> None:
    found = analyse(two_camps(), context=study(is_watched=True))
    assert found.is_watched
    assert [result.analysis for result in found.results] == ["e_value", "screening"]
    evidence, apart = found.results
    assert evidence.n_subjects == 12
    assert (apart.estimate, apart.ci, apart.p_value, apart.effects) == (
        None, None, None, {"n_excluded": 4.0, "n_subjects_all": 16.0},
    )  # fmt: skip
    assert set(apart.counts.values()) == {0}
    assert found.points.empty


def test_simulated_votes_are_never_watched() -> None:
    both = pd.concat([answers(8, 2), answers(8, 2, "a", first=8).assign(simulated=1)], ignore_index=True)
    real, made_up = analyse_by_origin(both, context=study(is_watched=True))
    assert (real.is_watched, made_up.is_watched) == (True, False)
    assert made_up.one("sign_flip", pair=PAIR) is not None
    assert real.one("sign_flip", pair=PAIR) is None


def test_votes_beside_metrics_are_told_of_every_pair_and_metric() -> None:
    deltas = pd.DataFrame(
        [(*PAIR, f"test-{clip}", metric, clip - 3.5) for metric in ("vmaf", "psnr_y") for clip in range(9)],
        columns=list(POINT_COLUMNS[:5]),
    )
    votes = answers(8, 9)
    votes.loc[votes["src"].isin([f"test-{clip}" for clip in range(4)]), "choice"] = "a"
    found = analyse(votes, context=Context({}, NOTHING.viewers, deltas))
    assert [row.group for row in found.all("agreement", pair=PAIR)] == ["metric: psnr_y", "metric: vmaf"]
    vmaf = found.one("agreement", group="metric: vmaf")
    assert vmaf is not None
    assert vmaf.effects["auc_bw"] == pytest.approx(1)
    assert len(found.points) == 18


@pytest.mark.parametrize("columns", [FOREIGN_VOTE_COLUMNS, VOTE_COLUMNS])
@pytest.mark.parametrize("is_watched", [False, True])
def test_no_votes_are_one_result_that_says_so(columns: tuple[str, ...], is_watched: bool) -> None:
    found = analyse(empty(columns), context=study(is_watched=is_watched))
    assert [(result.pair, result.note) for result in found.results] == [(None, "no votes")]
    assert list(found.checks.columns) == list(CHECK_COLUMNS)


def test_what_is_not_there_is_none() -> None:
    found = analyse(answers(6, 1))
    assert found.one("two_way", pair=("lanczos", "sr")) is None
    assert found.all("agreement") == []
    assert isinstance(found, Findings)
