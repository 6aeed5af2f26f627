"""Synthetic viewers vote through the same door, and what they said is what is stored."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from qualab.store.records import same_design
from qualab.store.rehearsal import answer_all
from qualab.store.votes import VoteStore
from qualab.trials.design import make_trials
from qualab.trials.simulate import simulate_choices

PAIRS = [(f"clip-{clip}", "bicubic", hrc) for clip in range(4) for hrc in ("sr", "lanczos")]


def test_a_simulated_study_is_stored_answer_by_answer(store: VoteStore, design: dict[str, Any]) -> None:
    trials = make_trials(PAIRS, subjects=range(1, 6), seed=9)
    answers = simulate_choices(trials, share=0.7, seed=9)
    tokens = store.launch("demo", design, trials, simulated=True)
    by_subject = [own for _, own in answers.groupby("subject")]
    assert [answer_all(store, token, own) for token, own in zip(tokens, by_subject, strict=True)] == [8] * 5
    votes = store.votes("demo")
    same = ["src", "hrc_a", "hrc_b", "choice", "response_ms", "position"]
    assert votes[same].to_dict("records") == answers[same].to_dict("records")
    assert set(votes["simulated"]) == {1}
    left = answers["left"].where(answers["left"] == "b", "bicubic").where(answers["left"] == "a", answers["hrc_b"])
    assert votes["left_hrc"].tolist() == left.tolist()
    assert store.progress("demo")["simulated"]["finished"] == 5


def test_launches_belong_together_when_their_design_is_the_latest_one(
    store: VoteStore, design: dict[str, Any], trial_list: Callable[..., pd.DataFrame]
) -> None:
    for seed in (1, 2, 1):
        store.launch("demo", {**design, "seed": seed}, trial_list())
        store.close("demo")
    votes = pd.DataFrame({"launch": [1, 2, 3]})
    assert same_design(votes, store.launches("demo"))["launch"].tolist() == [1, 3]
