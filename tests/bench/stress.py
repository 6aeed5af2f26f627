"""Checks the promises made to viewers for longer than a test may take; needs a PostgreSQL server's programs.

python tests/bench/stress.py [--examples 200] [--steps 50] [--kills 20] [--votes 16000] [--only CHECK DATABASE]

`histories`: random sequences of everything that viewers and the console may do, closing, withdrawing, backup and
restore among them, beside a dictionary of what was promised (tests/store/test_history.py). `kills`: two processes of
16 writers vote on the same trials, and about every second one of them is killed with SIGKILL, or the PostgreSQL server
is. What was acknowledged must be there, once. Each check runs on SQLite and PostgreSQL and prints a line of JSON; exits
1 where a promise was broken.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from qualab.study.tables import TRIAL_COLUMNS
from qualab.voting.store.votes import VoteStore, open_store

sys.path.insert(0, str(Path(__file__).parents[1] / "voting" / "store"))
sys.path.insert(0, str(Path(__file__).parent))
from conftest import Cluster, installed
from stress_writers import THREADS, Writers
from test_history import Voting


def histories(url: str, examples: int, steps: int) -> dict[str, Any]:
    """Return figures of random histories; AssertionError, with the shortest one found, where a promise was broken."""
    begun, checks = 0, [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

    def begin() -> Voting:
        nonlocal begun
        begun += 1
        return Voting(url)

    long = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, suppress_health_check=checks
    )
    run_state_machine_as_test(begin, settings=long)  # type: ignore[no-untyped-call]
    return {"examples": begun, "steps_each": steps, "violations": 0}


def kills(url: str, cluster: Cluster | None, asked: int, votes: int) -> dict[str, Any]:
    """Return figures of writers that were killed `asked` times, and then left alone until all have voted."""
    store, rng = open_store(url), random.Random(5)
    trials = -(-votes // THREADS)
    secrets = [store.join(token) for token in store.launch("stress", {"seed": 1}, _trials(trials))]
    store.close_connections()
    processes, done, server_kills = [Writers(url, secrets) for _ in range(2)], 0, 0
    while done < asked and not all(writers.is_done() for writers in processes):
        for writers in processes:
            writers.keep_running()
        time.sleep(rng.uniform(0.5, 1.5))
        if cluster is not None and rng.random() < 0.75:
            _kill_server(cluster)
            server_kills += 1
        else:
            rng.choice(processes).kill()
        done += 1
    for writers in processes:
        writers.finish()
    said = Counter(line for writers in processes for line in writers.said)
    found = _compare(store, said, THREADS * trials) | {"kills": done, "of_them_server": server_kills}
    store.close_connections()
    return found


def _trials(trials: int) -> pd.DataFrame:
    rows = [
        (viewer, at, f"c{at}", "a", "b", "ab"[(viewer + at) % 2], "test")
        for viewer in range(1, THREADS + 1)
        for at in range(1, trials + 1)
    ]
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))


def _kill_server(cluster: Cluster) -> None:
    """End every process of the server as a machine's memory killer would, and start it again."""
    server = psutil.Process(int((cluster.folder / "data" / "postmaster.pid").read_text().splitlines()[0]))
    processes = [server, *server.children()]
    for process in processes:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes, timeout=30)
    cluster.start()


def _compare(store: VoteStore, said: Counter[str], wanted: int) -> dict[str, Any]:
    """Return what was promised beside what is stored."""
    with store.database.reading() as connection:
        rows = Counter(connection.exec_driver_sql("SELECT trial_id FROM votes").scalars())
    promised = {int(line.split()[0]) for line in said}
    saved = Counter(line.split()[0] for line in said.elements() if line.endswith(" saved"))
    return {
        "writers": [2, THREADS],
        "votes": len(rows),
        "of": wanted,
        "acknowledged": sum(said.values()),
        "lost": len(promised - set(rows)),
        "doubled": sum(count > 1 for count in rows.values()) + sum(count > 1 for count in saved.values()),
        "faults": store.verify("stress"),
    }


def main() -> None:
    """Print a line for each check."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--examples", type=int, default=200)
    words.add_argument("--steps", type=int, default=50)
    words.add_argument("--kills", type=int, default=20)
    words.add_argument("--votes", type=int, default=16_000)
    words.add_argument("--only", nargs=2, metavar=("CHECK", "DATABASE"), default=("", ""))
    asked = words.parse_args()
    is_broken = False
    for check in ("histories", "kills"):
        for database in ("sqlite", "postgres"):
            if (check, database) == tuple(asked.only) or not asked.only[0]:
                found = run(check, database, asked)
                print(json.dumps(found), flush=True)
                is_broken |= bool(found.get("lost") or found.get("doubled") or found.get("faults"))
    sys.exit(int(is_broken))


def run(check: str, database: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of one check on one kind of database, which is made for it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        cluster = None
        if database == "postgres":
            programs = installed()
            assert programs is not None, "no PostgreSQL server is installed"
            cluster = Cluster(programs, Path(place))
            cluster.start()
        url = cluster.url(cluster.create()) if cluster else f"sqlite:///{place}/qualab.db"
        begin = time.perf_counter()
        try:
            found = (
                histories(url, asked.examples, asked.steps)
                if check == "histories"
                else kills(url, cluster, asked.kills, asked.votes)
            )
        finally:
            if cluster is not None:
                cluster.stop()
    return {"check": check, "database": database, **found, "seconds": round(time.perf_counter() - begin)}


if __name__ == "__main__":
    main()
