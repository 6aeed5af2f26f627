"""Running steps on Dask: a LocalCluster, a scheduler elsewhere, or in this process."""

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qualab.errors import QualabError, ToolMissing
from qualab.pipeline.run import run_step
from qualab.pipeline.schedule import longest_ways, threads_by_step
from qualab.pipeline.step import Step
from qualab.study.manifest import Record

# The record that a step made, or the error that kept it from being made.
Outcome = tuple[Record | None, Exception | None]
# Called with every finished step: the step, its record or None, its error or None.
OnDone = Callable[[Step, Record | None, Exception | None], None]


class Skipped(QualabError):
    """A step that was not run because one of its inputs failed."""


def execute(
    steps: list[Step], folder: Path, *, device: str, cluster: str | None, inline: bool, on_done: OnDone
) -> None:
    """Run steps whose inputs come before them in the list; a failed one stops only those that need it.

    Raises:
        ToolMissing: the scheduler cannot be reached.
    """
    if inline or len(steps) < 2:
        _execute_here(steps, folder, device, on_done)
        return
    workers, cores = workers_for(len(steps)), os.cpu_count() or 1
    # A cluster's machines are not known here.
    threads = {} if cluster else threads_by_step(steps, cores=cores)
    with _client(cluster, workers) as client:
        from distributed import as_completed

        futures = _submit(client, steps, folder, device, threads)
        for future in as_completed(futures):
            on_done(futures[future], *_outcome(future))


def _submit(client: Any, steps: list[Step], folder: Path, device: str, threads: dict[str, int]) -> dict[Any, Step]:
    """Hand all steps to Dask, those at the head of the longest way to the end first; return futures and steps."""
    # No other build on the same scheduler may have these names.
    build = secrets.token_hex(8)
    ways = longest_ways(steps)
    makers: dict[str, object] = {}
    futures: dict[Any, Step] = {}
    for number, step in enumerate(steps):
        needs = [makers[name] for name in step.reads if name in makers]
        # What is only a record is made as soon as it can be.
        rank = ways[step.record] if step.cost else max(ways.values())
        names = {"key": f"{step.kind}-{build}-{number}", "priority": rank, "pure": False}
        future = client.submit(_run_after, step, folder, device, threads.get(step.record, 1), needs, **names)
        futures[future] = step
        if step.file not in step.reads:
            makers[step.file] = future
    return futures


def _run_after(step: Step, folder: Path, device: str, threads: int, needs: Sequence[Outcome]) -> Outcome:
    """Return (record, None) or (None, error): a value either way, so that others learn of it and go on."""
    if any(error is not None for _, error in needs):
        return None, Skipped(step.title, "was not made because an input failed", "fix that first")
    try:
        return run_step(step, folder, device=device, threads=threads), None
    except QualabError as error:
        return None, error


def _outcome(future: Any) -> Outcome:
    if future.status != "finished":
        # A bug in a step, or a worker killed again and again: keep what it was for the build's log.
        error = future.exception()
        return None, error if isinstance(error, Exception) else RuntimeError(str(error))
    record, error = future.result()
    return record, error


def _execute_here(steps: Iterable[Step], folder: Path, device: str, on_done: OnDone) -> None:
    outcomes: dict[str, Outcome] = {}
    for step in steps:
        needs = [outcomes[name] for name in step.reads if name in outcomes]
        outcome = _run_after(step, folder, device, os.cpu_count() or 1, needs)
        if step.file not in step.reads:
            outcomes[step.file] = outcome
        on_done(step, *outcome)


def workers_for(tasks: int) -> int:
    """Return how many workers a build of so many steps gets on this machine."""
    return max(1, min(tasks, os.cpu_count() or 1, 16))


@contextmanager
def _client(cluster: str | None, workers: int) -> Iterator[Any]:
    import dask
    from distributed import Client, LocalCluster

    with dask.config.set({"distributed.scheduler.allowed-failures": 3}):
        if cluster:
            try:
                client = Client(cluster, timeout=10)
            except (OSError, TimeoutError, ValueError) as error:
                raise ToolMissing(
                    cluster, f"no Dask scheduler answers ({error})", "start one: dask scheduler"
                ) from None
            with client:
                yield client
            return
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                # Without a dashboard Dask still opens its HTTP port 8787 and warns where that is taken.
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                silence_logs=logging.CRITICAL,
                memory_limit=0,
            ) as local,
            Client(local) as client,
        ):
            yield client


class Eta:
    """Time left, from the work done so far and the time it took."""

    def __init__(self, total: float) -> None:
        self._total, self._done, self._began = total, 0.0, time.monotonic()

    def add(self, cost: float) -> float | None:
        """Count `cost` as done; return seconds left, None where nothing can be said yet."""
        self._done += cost
        spent = time.monotonic() - self._began
        return spent * (self._total - self._done) / self._done if self._done > 0 else None
