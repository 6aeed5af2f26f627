"""The whole study: which results come in which order, and what is said in plain words."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.stats.findings.conclusion import conclusion
from qualab.stats.findings.summary import summarize, watched
from qualab.stats.pairwise.preference import binomial, sign, sign_flip
from qualab.stats.result import Result
from qualab.study.tables import FOREIGN_VOTE_COLUMNS, VOTE_COLUMNS, empty


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


ALL_CLIPS = ["sign_flip", "two_way", "pigeonhole", "gee", "position", "e_value"]


def of_clips(results: list[Result]) -> list[Result]:
    return [result for result in results if result.src is not None]


def test_each_pair_comes_over_all_clips_first_and_then_by_clip_and_all_pairs_last() -> None:
    found = summarize(study(8, 3, ("sr", "lanczos")))
    of_pair = [*((None, name) for name in ALL_CLIPS), *((f"clip-{clip}", "binomial") for clip in range(3))]
    assert [(row.pair, row.src, row.analysis) for row in found] == [
        *((("bicubic", hrc), src, name) for hrc in ("lanczos", "sr") for src, name in of_pair),
        (None, None, "position"),
        (None, None, "bradley_terry"),
    ]


def test_over_all_clips_has_no_src_even_with_one_clip() -> None:
    found = summarize(study(8, 1))
    assert [(row.src, row.analysis) for row in found[:-1]] == [
        *((None, name) for name in ALL_CLIPS),
        ("clip-0", "binomial"),
    ]


def test_ties_among_three_hrcs_bring_davidson() -> None:
    votes = study(8, 3, ("sr", "lanczos"))
    votes.loc[::5, "choice"] = "tie"
    assert [row.analysis for row in summarize(votes)[-2:]] == ["bradley_terry", "davidson"]


def test_clips_are_corrected_over_the_clips_of_their_pair() -> None:
    votes = study(8, 3)
    votes.loc[(votes["src"] == "clip-1") & votes["subject"].isin(["v0", "v1", "v2"]), "choice"] = "a"
    found = of_clips(summarize(votes))
    # p of 8/8 is 2/256 and of 5/8 is .7265625; Holm: 3 p, 2 p (raised to the first's), the last its own.
    assert [row.p_adjusted for row in found] == pytest.approx([6 / 256, 0.7265625, 6 / 256])


def test_tags_and_groups_of_viewers_come_after_the_clips_with_holms_p() -> None:
    votes = study(14, 3)
    tags = {"clip-0": ("anime",), "clip-1": ("film", "dark"), "clip-2": ("film",)}
    ages = ["18-29"] * 8 + ["30-44"] * 4 + ["unsaid", None]
    viewers = pd.DataFrame({"subject": [f"v{viewer}" for viewer in range(14)], "age": ages, "screen": "laptop"})
    found = [row for row in summarize(votes, tags=tags, viewers=viewers) if row.group]
    assert [row.group for row in found] == ["tag: anime", "tag: dark", "tag: film", "age: 18-29", "age: 30-44"]
    assert [(row.analysis, row.src, row.n_votes) for row in found[:3]] == [("sign_flip", None, n) for n in (14, 14, 28)]
    assert [row.p_adjusted for row in found[:3]] == pytest.approx([3 * 2**-13] * 3)
    young, few = found[3:]
    assert (young.n_subjects, young.estimate) == (8, 1.0)
    assert (few.n_subjects, few.estimate, few.p_value, few.counts["n_b"]) == (4, None, None, 0)
    assert "a group needs 6 viewers" in few.note


def test_one_tag_alone_is_no_group() -> None:
    assert not [row for row in summarize(study(8, 2), tags={"clip-0": ("film",), "clip-1": ("film",)}) if row.group]


def test_two_way_tells_how_alike_votes_are() -> None:
    votes = study(8, 6)
    votes.loc[votes["subject"].isin(["v0", "v1"]), "choice"] = "a"
    (found,) = [row for row in summarize(votes) if row.analysis == "two_way"]
    assert found.effects["rho_subject"] == pytest.approx(1)
    assert found.effects["n_effective"] == pytest.approx(8)


def test_while_viewers_may_vote_there_are_e_values_alone() -> None:
    found = watched(study(8, 3, ("sr", "lanczos")))
    assert [(row.analysis, row.pair, row.src) for row in found] == [
        ("e_value", ("bicubic", hrc), None) for hrc in ("lanczos", "sr")
    ]
    # Eight viewers of one mind: 2^8 / 9.
    assert found[0].effects["e_value"] == pytest.approx(256 / 9)
    assert conclusion(found[0]).startswith("A preference is shown, at whatever moment one looks: after 24 votes")


def test_a_clip_with_ties_or_with_repeats_gets_the_analysis_that_fits() -> None:
    votes = study(8, 3)
    votes.loc[(votes["src"] == "clip-1") & (votes["subject"] == "v0"), "choice"] = "tie"
    again = votes[votes["src"] == "clip-2"]
    found = of_clips(summarize(pd.concat([votes, again])))
    assert [row.analysis for row in found] == ["binomial", "sign", "sign_flip"]


def test_several_tests_are_called_several() -> None:
    found = summarize(study(8, 3))
    overall, clip = found[0], of_clips(found)[0]
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
    said = conclusion(of_clips(summarize(votes))[0])
    assert said.startswith("No preference shown: 4 of 8 votes by 8 viewers preferred sr (50%)")
    assert "does not show that the two look alike" in said


def test_ties_are_said_and_the_share_says_of_what() -> None:
    votes = study(10, 1)
    votes.loc[:1, "choice"] = "tie"
    found = summarize(votes)
    overall, clip = found[0], of_clips(found)[0]
    assert "8 of 10 votes by 10 viewers preferred sr, 2 were ties (90% of 10, a tie counting half)" in conclusion(
        overall
    )
    assert "(100% of the 8 that chose)" in conclusion(clip)
    assert conclusion(of_clips(summarize(study(9, 1, choice="tie")))[0]).startswith("No preference shown: 0 of 9 votes")


@pytest.mark.parametrize("viewers", [1, 5, 6, 24])
@pytest.mark.parametrize("choice", ["a", "b", "tie"])
def test_every_percentage_has_its_n_and_every_p_its_interval(viewers: int, choice: str) -> None:
    results = summarize(study(viewers, 2, choice=choice))
    for result in (results[0], *of_clips(results)):
        said = conclusion(result)
        assert re.search(r"\d+ of \d+ votes?", said)
        assert "p = " not in said or "interval" in said
        assert "nan" not in said.lower()


def test_a_clip_says_what_its_votes_say_alone() -> None:
    rng = np.random.default_rng(3)
    votes = study(9, 4).sample(frac=0.8, random_state=1)
    votes["choice"] = rng.choice(["a", "b", "b", "tie"], len(votes))
    votes.loc[votes["src"] == "clip-2", "choice"] = "b"
    votes = pd.concat([votes, votes[votes["src"] == "clip-3"]])
    alone = {"binomial": binomial, "sign": sign, "sign_flip": sign_flip}
    found = of_clips(summarize(votes))
    assert {result.analysis for result in found} == set(alone)
    for result in found:
        by_hand = alone[result.analysis](votes[votes["src"] == result.src])
        assert replace(result, p_adjusted=None, note=by_hand.note) == by_hand
