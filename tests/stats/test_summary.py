"""The whole study: which results come in which order, and what is said in plain words."""

import re

import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.stats.summary import conclusion, summarize
from qualab.tables import FOREIGN_VOTE_COLUMNS, VOTE_COLUMNS, empty


def study(viewers: int, clips: int, hrcs: tuple[str, ...] = ("sr",), choice: str = "b") -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"v{viewer}", f"clip-{clip}", "bicubic", hrc, choice)
            for hrc in hrcs
            for viewer in range(viewers)
            for clip in range(clips)
        ],
        columns=list(FOREIGN_VOTE_COLUMNS),
    )


def test_each_pair_comes_over_all_clips_first_and_then_by_clip() -> None:
    found = summarize(study(8, 3, ("sr", "lanczos")))
    assert [(row.pair, row.src, row.analysis) for row in found] == [
        (("bicubic", hrc), src, "binomial" if src else "sign_flip")
        for hrc in ("lanczos", "sr")
        for src in (None, "clip-0", "clip-1", "clip-2")
    ]


def test_over_all_clips_has_no_src_even_with_one_clip() -> None:
    assert [row.src for row in summarize(study(8, 1))] == [None, "clip-0"]


def test_a_clip_with_ties_or_with_repeats_gets_the_analysis_that_fits() -> None:
    votes = study(8, 3)
    votes.loc[(votes["src"] == "clip-1") & (votes["subject"] == "v0"), "choice"] = "tie"
    again = votes[votes["src"] == "clip-2"]
    found = summarize(pd.concat([votes, again]))
    assert [row.analysis for row in found[1:]] == ["binomial", "sign", "sign_flip"]


def test_several_tests_are_called_several() -> None:
    overall, clip = summarize(study(8, 3))[:2]
    assert overall.note == ""
    assert "one of 3 clips" in clip.note
    assert "one of 2 pairs" in summarize(study(8, 1, ("sr", "lanczos")))[0].note


def test_no_votes_give_one_result_that_says_so() -> None:
    found = summarize(empty(VOTE_COLUMNS))
    assert [row.note for row in found] == ["no votes"]
    assert conclusion(found[0]) == "Not enough votes: there are none yet."


def test_real_and_simulated_votes_are_never_summed() -> None:
    votes = study(6, 2)
    mixed = pd.concat([votes.assign(simulated=0), votes.assign(simulated=1, subject=votes["subject"] + "s")])
    with pytest.raises(InputError, match="mixed"):
        summarize(mixed)
    assert conclusion(summarize(votes.assign(simulated=1))[0]).startswith("Simulated viewers")


def test_three_viewers_of_one_mind_are_not_enough() -> None:
    said = conclusion(summarize(study(3, 12))[0])
    assert said == (
        "Not enough votes: with 3 viewers no result can reach p <= 0.05. "
        "So far 36 of 36 votes by 3 viewers preferred sr (100%)."
    )


def test_a_preference_is_claimed_for_these_clips_only() -> None:
    assert conclusion(summarize(study(8, 3))[0]) == (
        "Viewers preferred sr to bicubic: 24 of 24 votes by 8 viewers preferred sr (100%); "
        "95% interval 63% to 100%, p = 0.0078; on these 3 clips only."
    )
    against = conclusion(summarize(study(8, 3, choice="a"))[0])
    assert against.startswith("Viewers preferred bicubic to sr: 0 of 24")


def test_no_preference_is_not_called_equality() -> None:
    votes = study(8, 1)
    votes.loc[votes.index % 2 == 0, "choice"] = "a"
    said = conclusion(summarize(votes)[1])
    assert said.startswith("No preference shown: 4 of 8 votes by 8 viewers preferred sr (50%)")
    assert "does not show that the two look alike" in said


def test_ties_are_said_and_the_share_says_of_what() -> None:
    votes = study(10, 1)
    votes.loc[:1, "choice"] = "tie"
    overall, clip = summarize(votes)
    assert "8 of 10 votes by 10 viewers preferred sr, 2 were ties (90% of 10, a tie counting half)" in conclusion(
        overall
    )
    assert "(100% of the 8 that chose)" in conclusion(clip)
    assert conclusion(summarize(study(9, 1, choice="tie"))[1]).startswith("No preference shown: 0 of 9 votes")


@pytest.mark.parametrize("viewers", [1, 5, 6, 24])
@pytest.mark.parametrize("choice", ["a", "b", "tie"])
def test_every_percentage_has_its_n_and_every_p_its_interval(viewers: int, choice: str) -> None:
    for result in summarize(study(viewers, 2, choice=choice)):
        said = conclusion(result)
        assert re.search(r"\d+ of \d+ votes?", said)
        assert "p = " not in said or "interval" in said
        assert "nan" not in said.lower()
