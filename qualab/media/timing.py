"""Which frame of a distorted clip shows which of the reference: offset, frames left out, frames standing still.

Both clips are given as tiny pictures. Less their mean over time they keep what moves, so a softer, coarser or brighter
copy still fits its own frame best. Where nothing moves no frame can be told from the next, and the answer is None.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qualab.media.proxies import Proxies

RADIUS = 12
_LEAST_COMPARED = 6
# Mean square of a frame's change in code values, below which a reference hardly moves.
_STILL = 0.05
# How much worse than the best place its neighbours must fit, and the place without offset.
_CLEAR, _SURE = 1.15, 1.3
_MOST = 0.6
# A step of the path costs as much as so many frames in the wrong place.
_STEP_FRAMES = 6.0


# A frame stands still where it changes by less than this share of what the reference changes at its place; there and
# beside it the reference must move by half a code value, and by a quarter of what it does in most frames.
_FROZEN, _MOVES, _USUAL = 0.12, 0.5, 0.25
# +1 is a frame of the past without any error, -1 one at its place.
_PAST = 0.4
# So many frames elsewhere, or steps that lead out of the search, are no stumble.
_DRIFT = 3

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Timing:
    """Frames by which the distorted clip is late at its beginning (None: cannot be told), frames twice, frames missing.

    `duplicated` and `dropped` are counts, `first` is the distorted clip's frame where the first of them was seen. They
    put the rest of the clip `out_of_step`, or stand alone, with all others in their places. `is_still` says that the
    reference hardly moves, so that nothing can be told.
    """

    offset: int | None
    is_still: bool = False
    duplicated: int = 0
    dropped: int = 0
    first: int = 0
    out_of_step: bool = False


def find_timing(reference: Proxies, distorted: Proxies) -> Timing:
    """Return how the frames of `distorted` lie against those of `reference`, both (frames, values).

    >>> moving = np.random.default_rng(1).normal(100, 9, (40, 64)).astype(np.float32)
    >>> find_timing(moving[3:], moving).offset
    3
    """
    common = min(len(reference), len(distorted))
    radius = min(RADIUS, (common - _LEAST_COMPARED) // 2)
    if radius < 1:
        return Timing(None)
    known, test = (clip - clip[:common].mean(axis=0) for clip in (reference, distorted))
    moved = np.square(np.diff(known, axis=0)).mean(axis=1)
    if np.quantile(moved, 0.9) < _STILL:
        return Timing(None, is_still=True)
    misfit = _misfit(known, test, radius, common)
    path = _path(misfit)
    shifts = path - radius
    if _is_clear(misfit, path):
        return _as_timing(shifts, _frozen(known, test, shifts, radius), radius)
    drifts = np.abs(np.diff(shifts)).sum() >= _DRIFT and np.abs(shifts).max() == radius
    if drifts and misfit[radius].mean() >= _SURE * misfit[path, np.arange(len(path))].mean():
        inside = shifts[: int(np.argmax(np.abs(shifts) == radius)) + 1]
        return replace(_as_timing(inside, np.zeros(0, dtype=np.int64), radius), offset=None)
    return Timing(None)


def _misfit(known: Proxies, test: Proxies, radius: int, common: int) -> Table:
    """Return (2 radius + 1, frames): how ill each frame but those at both ends fits with such an offset."""
    middle = known[radius : common - radius]
    rows = [
        np.square(test[radius + late : common - radius + late] - middle).mean(axis=1)
        for late in range(-radius, radius + 1)
    ]
    return np.asarray(rows, dtype=np.float64)


def _path(misfit: Table) -> NDArray[np.int64]:
    """Return each frame's row of `misfit` on the path that fits best, where every step to another row has its price."""
    rows, frames = misfit.shape
    ordered = np.partition(misfit, 1, axis=0)
    price = _STEP_FRAMES * float(np.mean(ordered[1] - ordered[0])) + 1e-9
    apart = np.abs(np.subtract.outer(np.arange(rows), np.arange(rows)))
    toll = price * (apart > 0) + 0.25 * price * np.maximum(apart - 1, 0)
    total, came = misfit[:, 0], np.zeros((frames, rows), dtype=np.int64)
    for frame in range(1, frames):
        ways = total[:, None] + toll
        came[frame] = ways.argmin(axis=0)
        total = ways.min(axis=0) + misfit[:, frame]
    path = np.zeros(frames, dtype=np.int64)
    # Of places that fit alike the one nearest to no offset.
    order = np.argsort(np.abs(np.arange(rows) - rows // 2), kind="stable")
    path[-1] = order[total[order].argmin()]
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = came[frame, path[frame]]
    return path


def _is_clear(misfit: Table, path: NDArray[np.int64]) -> bool:
    """Say whether the path fits clearly better than the same path a frame earlier or later, or than no offset."""
    rows, frames = misfit.shape
    if path.min() == 0 or path.max() == rows - 1:
        return False
    place = np.arange(frames)
    best = misfit[path, place]
    rivals = [(misfit[path - 1, place], _CLEAR), (misfit[path + 1, place], _CLEAR)]
    if np.any(path != rows // 2):
        rivals.append((misfit[rows // 2], _SURE))
    for rival, least in rivals:
        differs = rival != best
        if rival.mean() < least * best.mean() + 1e-6 or (rival > best)[differs].mean() < _MOST:
            return False
    return True


def _frozen(known: Proxies, test: Proxies, shifts: NDArray[np.int64], radius: int) -> NDArray[np.int64]:
    """Return the frames of `test` that repeat the one before while the reference moves there and beside it."""
    change = np.abs(np.diff(test, axis=0)).mean(axis=1)
    motion = np.abs(np.diff(known, axis=0)).mean(axis=1)
    least = np.lib.stride_tricks.sliding_window_view(motion, 3).min(axis=1)
    late = np.full(len(test), shifts[-1])
    late[: radius + shifts[0]] = shifts[0]
    middle = radius + np.arange(len(shifts)) + shifts
    late[np.clip(middle, 0, len(late) - 1)] = shifts
    frame = np.arange(1, len(test))
    place = frame - late[1:] - 2
    around = least[np.clip(place, 0, len(least) - 1)]
    moves = (place >= 0) & (place < len(least)) & (around >= max(_MOVES, _USUAL * float(np.median(motion))))
    moves &= change <= _FROZEN * around
    frozen: NDArray[np.int64] = frame[moves & _is_past(known, test, frame, frame - late[1:])]
    return frozen


def _is_past(known: Proxies, test: Proxies, frame: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of frames of `test` whether they show what the reference showed a frame before their place.

    Else it is the reference that jumps, as coarse ones do at key frames.
    """
    now = known[np.clip(place, 1, len(known) - 1)]
    before = known[np.clip(place - 1, 0, len(known) - 2)]
    nearer = np.square(test[frame] - now).mean(axis=1) - np.square(test[frame] - before).mean(axis=1)
    is_past: NDArray[np.bool_] = nearer >= _PAST * np.square(now - before).mean(axis=1)
    return is_past


def _as_timing(shifts: NDArray[np.int64], frozen: NDArray[np.int64], radius: int) -> Timing:
    steps = np.diff(shifts)
    later, sooner = int(steps[steps > 0].sum()), int(-steps[steps < 0].sum())
    # A frame that stands still without making the rest late took the place of one that is missing.
    missing = sooner + max(len(frozen) - later, 0)
    jumps, away = np.flatnonzero(steps), int(np.count_nonzero(shifts != shifts[0]))
    seen = [*frozen[:1], *(radius + jumps[:1] + 1 + shifts[jumps[:1]])]
    return Timing(
        int(shifts[0]),
        duplicated=max(len(frozen), later),
        dropped=missing,
        first=int(min(seen, default=0)),
        out_of_step=away > max(len(frozen), _DRIFT),
    )
