"""Launching, adding viewers, closing: the design stays what it was."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.study.tables import TRIAL_COLUMNS, empty
from qualab.voting.store.records import same_design
from qualab.voting.store.votes import LinkUsedUp, Receipt, StudyClosed, VoteStore

TrialList = Callable[..., pd.DataFrame]


def test_every_subject_gets_an_own_invite_of_128_bits(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any]
) -> None:
    tokens = store.launch("demo", design, trial_list(range(1, 25)))
    assert len(set(tokens)) == 24
    assert all(len(token) >= 128 / 6 for token in tokens)
    numbers = [viewer.number for token in tokens if (viewer := store.viewer(store.join(token)))]
    assert numbers == list(range(1, 25))


def test_the_same_design_takes_more_viewers_in(store: VoteStore, trial_list: TrialList, design: dict[str, Any]) -> None:
    store.launch("demo", design, trial_list(range(1, 3)))
    launch = store.open_launch("demo")
    assert launch is not None
    assert store.next_subject_number(launch.id) == 3
    same = dict(reversed(design.items()))
    assert len(store.launch("demo", same, trial_list(range(3, 6)))) == 3
    assert store.launches("demo") == [launch]
    assert store.next_subject_number(launch.id) == 6


def test_simulated_viewers_take_no_number_from_real_ones(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any]
) -> None:
    store.launch("demo", design, trial_list(range(1, 3)))
    launch = store.open_launch("demo")
    assert launch is not None
    for first, simulated in ((1, True), (3, True), (3, False), (5, True)):
        assert store.next_subject_number(launch.id, simulated=simulated) == first
        tokens = store.launch("demo", design, trial_list(range(first, first + 2)), simulated=simulated)
        viewer = store.viewer(store.join(tokens[0]))
        assert viewer is not None
        assert (viewer.simulated, viewer.number % 100_000) == (simulated, first)
    assert store.next_subject_number(launch.id) == 5


def test_a_viewer_number_cannot_be_given_twice(store: VoteStore, trial_list: TrialList, design: dict[str, Any]) -> None:
    store.launch("demo", design, trial_list(range(1, 3)))
    with pytest.raises(InputError, match="viewer 2"):
        store.launch("demo", design, trial_list(range(2, 5)))
    launch = store.open_launch("demo")
    assert launch is not None
    assert store.next_subject_number(launch.id) == 3


def test_another_design_needs_closing_first(store: VoteStore, trial_list: TrialList, design: dict[str, Any]) -> None:
    store.launch("demo", design, trial_list())
    with pytest.raises(InputError, match="qualab close demo"):
        store.launch("demo", {**design, "seed": 2}, trial_list())
    closed = store.close("demo")
    assert closed.closed_at is not None
    assert store.open_launch("demo") is None
    store.launch("demo", {**design, "seed": 2}, trial_list())
    assert [launch.is_open for launch in store.launches("demo")] == [False, True]
    assert [json.loads(launch.design)["seed"] for launch in store.launches("demo")] == [1, 2]


def test_only_an_open_launch_can_be_closed(store: VoteStore, trial_list: TrialList, design: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="no open launch"):
        store.close("demo")
    store.launch("demo", design, trial_list())
    store.close("demo")
    with pytest.raises(InputError, match="no open launch"):
        store.close("demo")


def test_studies_do_not_see_each_other(store: VoteStore, trial_list: TrialList, design: dict[str, Any]) -> None:
    store.launch("demo", design, trial_list())
    store.launch("other", {**design, "study": "other"}, trial_list())
    store.close("demo")
    assert store.open_launch("other") is not None
    assert len(store.launches("demo")) == 1


def test_a_design_without_trials_is_not_launched(store: VoteStore, design: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="no trials"):
        store.launch("demo", design, empty(TRIAL_COLUMNS))
    assert store.launches("demo") == []


def test_a_launch_that_fails_half_way_leaves_nothing(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any]
) -> None:
    broken = trial_list()
    broken.loc[broken.index[-1], "left"] = "c"
    with pytest.raises(Exception, match="left_is_a_or_b"):
        store.launch("demo", design, broken)
    assert store.launches("demo") == []


def test_an_open_link_takes_as_many_viewers_as_it_has_places(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any]
) -> None:
    (link,) = store.launch("demo", design, trial_list(range(1, 4)), is_open=True)
    secrets = [store.join(link) for _ in range(3)]
    assert [viewer.number for secret in secrets if (viewer := store.viewer(secret))] == [1, 2, 3]
    with pytest.raises(LinkUsedUp):
        store.join(link)
    assert store.join(link, known=secrets[0]) == secrets[0]


def test_many_at_once_on_an_open_link_never_share_a_place(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any]
) -> None:
    (link,) = store.launch("demo", design, trial_list(range(1, 13)), is_open=True)

    def come(_: int) -> int | None:
        try:
            viewer = store.viewer(store.join(link))
        except LinkUsedUp:
            return None
        return viewer.number if viewer else None

    with ThreadPoolExecutor(16) as crowd:
        numbers = list(crowd.map(come, range(20)))
    assert sorted(number for number in numbers if number) == list(range(1, 13))


def test_an_open_link_of_a_closed_launch_opens_nothing(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any]
) -> None:
    (link,) = store.launch("demo", design, trial_list(), is_open=True)
    known = store.join(link)
    store.close("demo")
    for session in ("", known):
        with pytest.raises(StudyClosed):
            store.join(link, known=session)


def test_launches_belong_together_when_their_design_is_the_latest_one(
    store: VoteStore, design: dict[str, Any], trial_list: TrialList
) -> None:
    for seed in (1, 2, 1):
        store.launch("demo", {**design, "seed": seed}, trial_list())
        store.close("demo")
    votes = pd.DataFrame({"launch": [1, 2, 3]})
    assert same_design(votes, store.launches("demo"))["launch"].tolist() == [1, 3]


def test_a_closed_study_is_opened_again_and_closed_again_and_every_row_stays(
    store: VoteStore, tokens: list[str], answer: Callable[..., Receipt]
) -> None:
    secret = store.join(tokens[0])
    answer(secret)
    for _ in range(2):
        store.close("demo")
        assert store.next_trial(secret) is None
        assert store.reopen("demo").is_open
        answer(secret)
    assert store.votes("demo")["position"].tolist() == [1, 2, 3]
    with pytest.raises(InputError, match="is open"):
        store.reopen("demo")
    with pytest.raises(InputError, match="never launched"):
        store.reopen("other")


def test_the_latest_launch_is_the_one_that_opens_again(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any]
) -> None:
    for seed in (1, 2):
        store.launch("demo", {**design, "seed": seed}, trial_list())
        store.close("demo")
    assert json.loads(store.reopen("demo").design)["seed"] == 2
    assert [launch.is_open for launch in store.launches("demo")] == [False, True]
