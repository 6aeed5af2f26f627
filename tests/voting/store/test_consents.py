"""What a viewer agrees to and takes back, and what a browser tells of itself."""

from collections.abc import Callable

import pytest

from qualab.errors import InputError
from qualab.voting.store.answer import Answer as Given
from qualab.voting.store.votes import OutOfOrder, Receipt, StudyClosed, UnknownInvite, VoteStore, Withdrawn

Answer = Callable[..., Receipt]
TEXT = "0" * 64


def rows(store: VoteStore, query: str) -> list[tuple[object, ...]]:
    with store.database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_a_consent_is_kept_with_its_first_answers(store: VoteStore, tokens: list[str]) -> None:
    secret = store.join(tokens[0])
    before = store.viewer(secret)
    store.give_consent(secret, TEXT, {"age": "30-39"})
    store.give_consent(store.join(tokens[0]), TEXT, {"age": "80"})
    after = store.viewer(secret)
    assert before is not None
    assert after is not None
    assert (before.consented, after.consented) == (False, True)
    assert rows(store, "SELECT text_sha256, answers FROM consents") == [(TEXT, '{"age":"30-39"}')]


@pytest.mark.parametrize("digest", ["", "0" * 63, "G" * 64, None, "0" * 64 + "\n"])
def test_a_consent_to_no_text_is_refused(store: VoteStore, tokens: list[str], digest: str) -> None:
    with pytest.raises(InputError):
        store.give_consent(store.join(tokens[0]), digest, {})


def test_who_withdraws_has_every_vote_voided_and_gives_no_more(
    store: VoteStore, tokens: list[str], answer: Answer
) -> None:
    mine, theirs = (store.join(token) for token in tokens)
    for secret in (mine, mine, theirs):
        answer(secret)
    shown = store.next_trial(mine)
    assert shown is not None
    assert store.withdraw(mine, "changed\0my mind") == 2
    assert store.withdraw(mine, "again") == 0
    viewer = store.viewer(mine)
    assert viewer is not None
    assert viewer.withdrawn
    assert store.next_trial(mine) is None
    assert store.following_trial(mine) is None
    for refused in (lambda: answer(mine, shown.id), lambda: store.give_consent(mine, TEXT, {})):
        with pytest.raises(Withdrawn):
            refused()
    votes = store.votes("demo")
    assert votes.groupby("subject")["voided"].agg(list).to_dict() == {"L1-S001": [True, True], "L1-S002": [False]}
    assert rows(store, "SELECT reason FROM withdrawals") == [("changed my mind",)]
    found = store.progress("demo")["real"]
    assert (found["withdrawn"], found["votes"], sum(pair["counted"] for pair in found["pairs"])) == (1, 3, 1)
    assert store.verify("demo") == []


def test_withdrawing_is_possible_after_the_end_and_for_viewers_only(
    store: VoteStore, tokens: list[str], answer: Answer
) -> None:
    secret = store.join(tokens[0])
    answer(secret)
    store.close("demo")
    assert store.withdraw(secret, "") == 1
    with pytest.raises(UnknownInvite):
        store.withdraw("nobody", "")
    with pytest.raises(StudyClosed):
        store.give_consent(store_join_after_end(store, tokens), TEXT, {})


def store_join_after_end(store: VoteStore, tokens: list[str]) -> str:
    store.reopen("demo")
    secret = store.join(tokens[1])
    store.close("demo")
    return secret


def test_conditions_are_a_table_of_a_row_for_each_page_load(store: VoteStore, tokens: list[str]) -> None:
    assert list(store.conditions("demo").columns)[:6] == [
        "subject",
        "launch",
        "simulated",
        "noted_at",
        "screen_width",
        "screen_height",
    ]
    for token, width in zip(tokens, (1920, 2560), strict=True):
        store.note_conditions(store.join(token), {"screen_width": width, "touch": False, "theme": "dark"})
    table = store.conditions("demo")
    assert table[["subject", "screen_width", "touch", "theme"]].values.tolist() == [
        ["L1-S001", 1920, False, "dark"],
        ["L1-S002", 2560, False, "dark"],
    ]
    assert table["dpr"].isna().all()
    assert store.conditions("other").empty


def test_a_vote_after_withdrawing_is_not_out_of_order(store: VoteStore, tokens: list[str], answer: Answer) -> None:
    secret = store.join(tokens[0])
    answer(secret)
    store.withdraw(secret, "")
    with pytest.raises(OutOfOrder):
        store.vote(secret, 10**6, Given(attempt=1, choice="left", idempotency_key="k", response_ms=1, telemetry={}))
