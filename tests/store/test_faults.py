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

from qualab.errors import StorageError
from qualab.store.votes import Receipt, VoteStore, open_store

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
    assert promised
    assert len(promised) == len(set(promised))
    positions = store.votes("demo").groupby("subject")["position"].apply(list)
    assert all(seen == list(range(1, len(seen) + 1)) for seen in positions)


def test_two_processes_may_make_the_same_database_at_once(url: str) -> None:
    code = f"from qualab.store.votes import open_store; open_store({url!r}).launches('demo')"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=60)[1] for process in started] == [""] * 4
    assert [process.returncode for process in started] == [0] * 4


def test_a_full_disk_is_said_keeps_every_vote_and_goes_on_once_there_is_room(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any], url: str
) -> None:
    (token,) = store.launch("demo", design, trial_list(range(1, 2), clips=80))
    secret = store.join(token)
    process = voters(url, "full", secret)
    lines = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode == 0
    refusals = [line for line in lines if line.startswith("refused")]
    assert len(refusals) == 1
    assert refusals[0].startswith("refused 5 qualab.db: the disk")
    assert [int(line) for line in lines if not line.startswith("refused")] == list(range(1, 81))
    assert sorted(stored(store)) == list(range(1, 81))


def test_a_database_at_its_size_limit_refuses_and_keeps_what_it_has(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any], answer: Callable[..., Receipt]
) -> None:
    (token,) = store.launch("demo", design, trial_list(range(1, 2), clips=60))
    secret = store.join(token)
    answer(secret)
    with store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    def fill() -> None:
        for _ in range(59):
            answer(secret, telemetry={"padding": "x" * 3000})

    with pytest.raises(StorageError, match="the disk is full"):
        fill()
    kept = len(stored(store))
    assert kept >= 1
    with store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert answer(secret).position == kept + 1


def test_a_read_only_database_is_a_storage_error_and_still_reads(
    store: VoteStore, tokens: list[str], answer: Callable[..., Receipt]
) -> None:
    secret = store.join(tokens[0])
    with store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="is read-only"):
        answer(secret)
    assert store.next_trial(secret) is not None
    with store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = OFF")
    assert answer(secret).status == "saved"


def test_a_database_that_vanished_is_a_storage_error(url: str) -> None:
    store = open_store(url)
    store.close_connections()
    folder = Path(url.removeprefix("sqlite:///")).parent
    for part in folder.iterdir():
        part.unlink()
    folder.rmdir()
    with pytest.raises(StorageError):
        store.launches("demo")
    with pytest.raises(StorageError):
        store.close("demo")
