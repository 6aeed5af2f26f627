"""One process of voters, run as a script by the tests: prints a line for every vote it was promised.

vote_process.py URL race  TRIALS SECRET   16 threads submit each trial of one viewer
vote_process.py URL crowd SECRET...       each viewer votes in a thread of its own until all is done
vote_process.py URL full  SECRET          votes until the file size limit, then again without it
"""

import contextlib
import resource
import sys
import threading
from pathlib import Path

from qualab.errors import StorageError
from qualab.voting.store.answer import Answer
from qualab.voting.store.votes import OutOfOrder, Receipt, VoteStore, open_store

THREADS = 16


def say(line: str) -> None:
    # print() writes the line and its end apart, and threads come between.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def submit(store: VoteStore, secret: str, trial_id: int, key: str) -> Receipt:
    padding = {"padding": "x" * 3000}
    answer = Answer(attempt=1, choice="left", idempotency_key=key, response_ms=900, telemetry=padding)
    return store.vote(secret, trial_id, answer)


def play(store: VoteStore, secret: str, trial_id: int) -> None:
    for step in ("ready", "played"):
        store.step(secret, trial_id, 1, step, {})


def race(store: VoteStore, trials: list[int], secret: str) -> None:
    barrier = threading.Barrier(THREADS)

    def run() -> None:
        for trial_id in trials:
            barrier.wait()
            play_as_told(store, secret, trial_id)
            receipt = submit(store, secret, trial_id, f"one-click-{trial_id}")
            say(f"{trial_id} {receipt.status} {receipt.choice_stored} {receipt.position} {receipt.remaining}")

    started = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def play_as_told(store: VoteStore, secret: str, trial_id: int) -> None:
    """Play a trial unless another thread or process has gone past it."""
    shown = store.next_trial(secret)
    if shown is not None and shown.id == trial_id:
        with contextlib.suppress(OutOfOrder):
            play(store, secret, trial_id)


def crowd(store: VoteStore, secrets: list[str]) -> None:
    def run(secret: str) -> None:
        while (trial := store.next_trial(secret)) is not None:
            play(store, secret, trial.id)
            submit(store, secret, trial.id, f"k{trial.id}")
            say(str(trial.id))

    for secret in secrets:
        threading.Thread(target=run, args=(secret,)).start()


def full(store: VoteStore, path: Path, secret: str) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sizes = [part.stat().st_size for part in path.parent.iterdir()]
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes) + 100_000, hard))
    refused = False
    while (trial := store.next_trial(secret)) is not None:
        try:
            play(store, secret, trial.id)
            submit(store, secret, trial.id, f"k{trial.id}")
            say(str(trial.id))
        except StorageError as error:
            if refused:
                raise
            refused = True
            say(f"refused {error.exit_code} {error}")
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def main() -> None:
    url, task, *rest = sys.argv[1:]
    store = open_store(url)
    if task == "race":
        race(store, [int(part) for part in rest[0].split(",")], rest[1])
    elif task == "crowd":
        crowd(store, rest)
    elif task == "full":
        full(store, Path(url.removeprefix("sqlite:///")), rest[0])


main()
