"""What can be said, the sentence to quote, and the next step: as the numbers have it, and never more."""

import numpy as np
import pandas as pd
import pytest

from qualab.stats.findings.advice import WATCHED, conclusions, next_step, quotable
from qualab.stats.findings.find import NOTHING, Context, Findings, analyse
from qualab.study.tables import FOREIGN_VOTE_COLUMNS, empty

PAIR = ("bicubic", "sr")


def votes(preferred: np.ndarray) -> pd.DataFrame:
    """Return votes of subjects (rows) on clips (columns): 1 for sr, 0.5 a tie, 0 for bicubic."""
    rows, columns = preferred.shape
    table = pd.DataFrame({"subject": np.repeat(np.arange(rows), columns), "src": np.tile(np.arange(columns), rows)})
    choice = pd.Series(preferred.ravel()).map({0.0: "a", 0.5: "tie", 1.0: "b"})
    return table.astype(str).assign(hrc_a=PAIR[0], hrc_b=PAIR[1], choice=choice)


def on_one_clip(n_b: int, n_a: int, n_tie: int = 0) -> Findings:
    return analyse(votes(np.array([[1.0]] * n_b + [[0.0]] * n_a + [[0.5]] * n_tie)))


def said(found: Findings) -> str:
    return "\n".join(conclusions(found, PAIR))


@pytest.mark.parametrize(("n_b", "n", "p"), [(5, 6, "p = 0.22"), (10, 12, "p = 0.039"), (20, 24, "p = 0.0015")])
def test_the_famous_83_percent_stands_with_its_n_interval_and_p(n_b: int, n: int, p: str) -> None:
    found = on_one_clip(n_b, n - n_b)
    assert quotable(found, PAIR).startswith(
        f"83% of {n} votes by {n} viewers on 1 clip preferred sr to bicubic (95% int"
    )
    assert p in quotable(found, PAIR)
    assert p in said(found)


def test_83_percent_of_six_viewers_is_called_little() -> None:
    found = on_one_clip(5, 1)
    assert "83% of 6 viewers says little: the same share would have p = 0.039 from 12 and p = 0.0015 from 24" in said(
        found
    )
    assert "says little" not in said(on_one_clip(20, 4))
    assert next_step(found, PAIR).step == "more viewers"


def test_fewer_than_six_viewers_are_not_enough() -> None:
    found = on_one_clip(5, 0)
    assert "Not enough votes: with 5 viewers no result can reach p <= 0.05" in said(found)
    assert next_step(found, PAIR).why == "With fewer than 6 viewers no votes can give p <= 0.05."
    assert "too few viewers to show a preference" in quotable(found, PAIR)


def test_no_votes_say_nothing_and_ask_for_viewers() -> None:
    found = analyse(empty(FOREIGN_VOTE_COLUMNS))
    assert conclusions(found, PAIR) == ["Not enough votes: there are none yet."]
    assert (quotable(found, PAIR), next_step(found, PAIR).step) == (
        "Nothing to quote yet: there are no votes.", "more viewers",
    )  # fmt: skip


def test_a_preference_on_three_clips_is_none_for_clips_like_these() -> None:
    found = analyse(votes(np.ones((8, 3))))
    assert "Of clips like these nothing can be said: 3 clips cannot speak for the population of clips" in said(found)
    step = next_step(found, PAIR)
    assert step.step == "more clips"
    assert "Shown for these 3 clips, not for clips like these" in step.why


def test_clips_that_disagree_make_it_these_clips_only() -> None:
    # On three of six clips all prefer sr, on one nobody does: viewers agree, clips do not.
    y = np.tile([1.0, 1.0, 1.0, 0.5, 0.5, 0.0], (12, 1))
    found = analyse(votes(y))
    told = said(found)
    assert "Viewers preferred sr to bicubic" in told
    assert "For clips like these it is not shown" in told
    assert "say it of these clips only" in told
    assert next_step(found, PAIR).step == "more clips"


def test_a_preference_of_nearly_all_on_many_clips_holds_for_both_and_needs_nothing_more() -> None:
    y = np.ones((12, 10))
    y[np.arange(10), np.arange(10)] = 0.0
    found = analyse(votes(y))
    assert "It holds for clips like these, too" in said(found)
    assert next_step(found, PAIR).step == "nothing"


def test_clips_that_vary_want_more_clips_and_viewers_that_vary_more_viewers() -> None:
    rng = np.random.default_rng(4)
    by_clip = np.array([[0.1, 0.9, 0.2, 0.8, 0.1, 0.9]])
    by_viewer = np.array([[0.1, 0.9, 0.2, 0.8, 0.1, 0.9, 0.2, 0.8]]).T
    clips = analyse(votes((rng.random((40, 6)) < by_clip).astype(float)))
    viewers = analyse(votes((rng.random((8, 60)) < by_viewer).astype(float)))
    more_clips, more_viewers = next_step(clips, PAIR), next_step(viewers, PAIR)
    assert (more_clips.step, more_viewers.step) == ("more clips", "more viewers")
    assert "The 240 votes are worth" in more_clips.why
    assert "97 find a share of 65% in 8 of 10 studies" in more_clips.why


def test_a_large_study_without_a_preference_needs_nothing_more() -> None:
    rng = np.random.default_rng(8)
    found = analyse(votes(rng.permuted(np.tile([0.0, 1.0], (30, 10)), axis=1)))
    step = next_step(found, PAIR)
    assert step.step == "nothing"
    assert "would most likely have been seen" in step.why


def test_ties_and_a_leaning_to_a_side_are_told() -> None:
    found = on_one_clip(50, 20, 30)
    assert "30 of 100 votes were ties (30%)" in said(found)
    assert "(30 ties, counting half)" in quotable(found, PAIR)
    y = np.tile([1.0, 0.0], (12, 4))
    y[:, 0] = 0.0
    table = votes(y)
    left = np.where(table["choice"] == "b", "sr", "bicubic")
    assert "Viewers leaned to the left: 100% of the 96 votes that chose" in said(analyse(table.assign(left_hrc=left)))
    # Of every viewer's eight votes four are for the left one.
    half = np.tile(["bicubic", "sr", "sr", "sr", "bicubic", "bicubic", "sr", "sr"], 12)
    assert "leaned" not in said(analyse(table.assign(left_hrc=half)))


def test_while_viewers_may_vote_only_the_e_value_is_told() -> None:
    table = votes(np.ones((8, 2))).assign(simulated=0, voted_at=[f"{place:03d}" for place in range(16)])
    watched = Context({}, NOTHING.viewers, NOTHING.deltas, is_watched=True)
    found = analyse(table, context=watched)
    first, second = conclusions(found, PAIR)
    assert first == WATCHED
    assert "e-value 28.4 (20 is needed), always-valid p = 0.035" in second
    assert quotable(found, PAIR) == "Nothing to quote yet: viewers may still vote."
    assert next_step(found, PAIR).step == "nothing"
    fewer = analyse(table[table["subject"].astype(int) < 4], context=watched)
    assert next_step(fewer, PAIR).why == "The e-value is 3.2, 20 is needed."


def test_simulated_viewers_are_named_in_every_sentence_that_is_quoted() -> None:
    found = analyse(votes(np.ones((8, 3))).assign(simulated=1))
    assert quotable(found, PAIR).startswith("Simulated viewers, no real vote: ")
    assert conclusions(found, PAIR)[0].startswith("Simulated viewers")


def test_one_of_several_pairs_is_claimed_by_holms_p_on_these_clips_and_beyond() -> None:
    alone = np.tile(np.repeat([1.0, 0.0], [10, 2])[:, None], (1, 6))
    even = np.tile(np.repeat([1.0, 0.0], [6, 6])[:, None], (1, 6))
    assert said(analyse(votes(alone))).startswith("Viewers preferred sr to bicubic")
    others = [votes(even).assign(hrc_b=name) for name in ("lanczos", "bilinear", "spline")]
    found = analyse(pd.concat([votes(alone), *others]))
    one = found.one("sign_flip", pair=PAIR)
    assert one is not None
    assert (one.p_value, one.p_adjusted) == pytest.approx((0.0385742, 4 * 0.0385742), rel=1e-5)
    assert said(found).startswith("No preference shown: 60 of 72 votes")
    assert "p = 0.15 by Holm; on these 6 clips only. By itself it would be (p = 0.039)" in said(found)
    assert "p = 0.15 by Holm; E1" in quotable(found, PAIR)
    assert "by Holm" in next(line for line in conclusions(found, PAIR) if "clips like these" in line)
    assert next_step(found, PAIR).step != "nothing"
