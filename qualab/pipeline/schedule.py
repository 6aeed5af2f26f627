"""The order of a build's steps, and how many threads each may use: pure, from what steps cost and read."""

import heapq
from collections.abc import Collection, Sequence

from qualab.pipeline.step import Step

# What they write is the same whatever the number of threads, and all of it can use them.
_THREADED = ("scores", "diagnostics")


def longest_ways(steps: Sequence[Step]) -> dict[str, float]:
    """Return by record the cost of a step and of the dearest chain of steps that wait for it."""
    behind: dict[str, float] = {}
    ways = {}
    for step in reversed(steps):
        ways[step.record] = step.cost + (0.0 if _is_pointer(step) else behind.get(step.file, 0.0))
        for name in step.reads:
            behind[name] = max(behind.get(name, 0.0), ways[step.record])
    return ways


def threads_by_step(steps: Sequence[Step], *, cores: int) -> dict[str, int]:
    """Return by record how many threads a step gets, so that a step that runs beside idle cores uses them.

    One worker a core takes the ready step with the longest way behind it, each as long as it costs. A step's threads
    are the cores over how many steps run beside it on average; one, where threads do not help it.
    """
    spans = _spans(steps, cores)
    spent = _spent(spans.values())
    threads = {}
    for step in steps:
        begin, end = spans[step.record]
        beside = (spent[end] - spent[begin]) / (end - begin) if end > begin else cores
        threads[step.record] = max(1, int(cores / beside + 1e-6)) if step.kind in _THREADED else 1
    return threads


def _spent(spans: Collection[tuple[float, float]]) -> dict[float, float]:
    """Return by moment the core time that all spans have taken until then."""
    changes: dict[float, int] = {}
    for begin, end in spans:
        changes[begin] = changes.get(begin, 0) + 1
        changes[end] = changes.get(end, 0) - 1
    spent, before, running, total = {}, 0.0, 0, 0.0
    for moment in sorted(changes):
        total += running * (moment - before)
        spent[moment] = total
        running, before = running + changes[moment], moment
    return spent


def _spans(steps: Sequence[Step], cores: int) -> dict[str, tuple[float, float]]:
    """Return by record when steps begin and end, in their costs, if one worker a core takes them in turn."""
    ways = longest_ways(steps)
    makers = {step.file: step.record for step in steps if not _is_pointer(step)}
    costs = {step.record: step.cost for step in steps}
    needs = {step.record: {makers[name] for name in step.reads if name in makers} for step in steps}
    users: dict[str, list[str]] = {}
    for record, makes in needs.items():
        for maker in makes:
            users.setdefault(maker, []).append(record)
    ready = [(-ways[record], record) for record, makes in needs.items() if not makes]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    spans: dict[str, tuple[float, float]] = {}
    now = 0.0
    while ready or running:
        while ready and len(running) < cores:
            _, record = heapq.heappop(ready)
            spans[record] = now, now + costs[record]
            heapq.heappush(running, (spans[record][1], record))
        now, done = heapq.heappop(running)
        for record in users.get(done, []):
            needs[record].discard(done)
            if not needs[record]:
                heapq.heappush(ready, (-ways[record], record))
    return spans


def _is_pointer(step: Step) -> bool:
    return step.file in step.reads
