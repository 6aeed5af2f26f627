"""The frames where an HRC does worst, no two of them of one scene."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def worst_frames(
    values: NDArray[np.float64], *, scenes: Sequence[int] = (), count: int = 6, apart: int = 25, lower: bool = False
) -> list[int]:
    """Return the numbers of the frames with the worst values, the worst first, at most one of each scene.

    Without scenes two frames are at least `apart` frames from each other. Values that are no numbers, or infinite
    (lossless), are never among them.

    Args:
        scenes: first frames of scenes, rising; what comes before the first belongs to it.
        lower: a lower value is better.

    >>> worst_frames(np.array([90.0, 10, 11, 80, 20]), scenes=[0, 3])
    [1, 4]
    """
    badness = np.asarray(values, dtype=float) if lower else -np.asarray(values, dtype=float)
    order = np.argsort(-np.where(np.isfinite(badness), badness, -np.inf), kind="stable")
    worst: list[int] = []
    taken: set[int] = set()
    for number in order.tolist():
        if len(worst) == count or not np.isfinite(badness[number]):
            break
        scene = bisect_right(scenes, number) if scenes else -1
        if scene in taken if scenes else any(abs(number - other) < apart for other in worst):
            continue
        taken.add(scene)
        worst.append(number)
    return worst
