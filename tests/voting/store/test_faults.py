"""Races, kills and full disks: no vote twice, no promised vote lost."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, event

from qualab.voting.store.votes import Receipt, VoteStore

TrialList = Callable[..., pd.DataFrame]
SCRIPT = Path(__file__).with_name("vote_process.py")


def voters(url: str, *task: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, SCRIPT, url, *task], stdout=subprocess.PIPE, text=True)


def stored(store: VoteStore) -> list[int]:
    with store.database.reading() as connection:
        return list(connection.exec_driver_sql("SELECT trial_id FROM votes").scalars())


def test_the_same_trial_from_16_threads_of_2_processes_is_one_vote_with_one_receipt(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any], url: str
) -> None:
    (token,) = store.launch("demo", design, trial_list(range(1, 2), clips=8))
    secret = store.join(token)
    processes = [voters(url, "race", ",".join(str(trial) for trial in range(1, 9)), secret) for _ in range(2)]
    lines = [line.split() for process in processes for line in process.communicate(timeout=120)[0].splitlines()]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(stored(store)) == list(range(1, 9))
    assert Counter(line[0] for line in lines) == {str(trial): 32 for trial in range(1, 9)}
    assert Counter(line[1] for line in lines) == {"saved": 8, "repeated": 8 * 31}
    assert {tuple(line[2:]) for line in lines} == {("left", str(at), str(8 - at)) for at in range(1, 9)}


def test_a_killed_process_loses_no_vote_it_promised(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any], url: str
) -> None:
    secrets = [store.join(token) for token in store.launch("demo", design, trial_list(range(1, 7), clips=40))]
    rng = random.Random(4)
    promised: list[int] = []
    for _ in range(4):
        process = voters(url, "crowd", *secrets)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(rng.uniform(0.01, 0.3))
        process.kill()
        rest = process.communicate(timeout=60)[0]
        promised += [int(line) for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
        kept = stored(store)
        assert set(promised) <= set(kept)
        assert len(kept) == len(set(kept))
        assert store.verify("demo") == []
    assert promised
    assert len(promised) == len(set(promised))
    positions = store.votes("demo").groupby("subject")["position"].apply(list)
    assert all(seen == list(range(1, len(seen) + 1)) for seen in positions)


def test_two_processes_may_make_the_same_database_at_once(url: str) -> None:
    code = f"from qualab.voting.store.votes import open_store; open_store({url!r}).launches('demo')"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=60)[1] for process in started] == [""] * 4
    assert [process.returncode for process in started] == [0] * 4


class Cut(Exception):
    """What a statement dies of."""


def statements_of(store: VoteStore, work: Callable[[], object], *, die_at: int = 0) -> int:
    """Return how many statements and commits `work` takes; the one numbered `die_at` raises Cut instead."""
    count = 0

    def step(*_: object) -> None:
        nonlocal count
        count += 1
        if count == die_at:
            raise Cut

    hooks = [(Engine, name, step) for name in ("before_cursor_execute", "commit")]
    for hook in hooks:
        event.listen(*hook)
    try:
        work()
    finally:
        for hook in hooks:
            event.remove(*hook)
    return count


def test_a_vote_that_dies_at_any_statement_is_wholly_there_or_not_at_all(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any], answer: Callable[..., Receipt]
) -> None:
    (token,) = store.launch("demo", design, trial_list(range(1, 2), clips=60))
    secret = store.join(token)
    answer(secret)
    # Issued before, so that every vote takes equally many.
    store.next_trial(secret)
    needed = statements_of(store, lambda: answer(secret))
    assert needed > 10
    for die_at in range(1, needed + 1):
        before = stored(store)
        store.next_trial(secret)
        with pytest.raises(Cut):
            statements_of(store, lambda: answer(secret), die_at=die_at)
        due = len(before) + 1
        assert stored(store) in (before, [*before, due])
        status = "repeated" if len(stored(store)) == due else "saved"
        receipt = answer(secret, due)
        assert (receipt.status, receipt.position) == (status, due)
        assert stored(store) == [*before, due]
    assert store.verify("demo") == []
