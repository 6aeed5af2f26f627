"""Times sign_flip on 26,000 and 1,000,000 votes beside scipy's Monte Carlo test of the same statistic.

python tests/bench/stats.py
"""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import permutation_test

from qualab.stats.preference import sign_flip

PEER_RESAMPLES = 999


def crossed(subjects: int, clips: int) -> pd.DataFrame:
    """Return votes of subjects x clips with subjects that differ (SD 1 on the logit scale) and no preference."""
    rng = np.random.default_rng(1)
    chances = 1 / (1 + np.exp(-rng.normal(0, 1, (subjects, 1))))
    answers = rng.random((subjects, clips)) < chances
    names = np.array([f"L1-S{subject:06d}" for subject in range(subjects)], dtype=object)
    srcs = np.array([f"clip-{clip}" for clip in range(clips)], dtype=object)
    return pd.DataFrame(
        {
            "subject": np.repeat(names, clips),
            "src": np.tile(srcs, subjects),
            "hrc_a": "bicubic",
            "hrc_b": "sr",
            "choice": np.where(answers.ravel(), "b", "a"),
        }
    )


def peer(votes: pd.DataFrame) -> float:
    """Return scipy's Monte Carlo p-value from the subjects' totals, 999 resamples in batches."""
    signs = votes["choice"].map({"a": -1, "b": 1, "tie": 0})
    totals = signs.groupby(votes["subject"]).sum().to_numpy()
    found = permutation_test(
        (totals,),
        lambda x, axis: x.sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=PEER_RESAMPLES,
        batch=100,
        rng=np.random.default_rng(2),
    )
    return float(found.pvalue)


def timed(call: Callable[[pd.DataFrame], float | None], votes: pd.DataFrame, *, times: int) -> tuple[float, float]:
    """Return the best of several times in seconds, and the p-value."""
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        p_value = call(votes)
        seconds.append(time.perf_counter() - begin)
    return min(seconds), p_value or 0.0


def main() -> None:
    """Print one line for each size."""
    for subjects, clips in ((2_167, 12), (83_334, 12), (1_000, 1_000)):
        votes = crossed(subjects, clips)
        ours, exact = timed(lambda table: sign_flip(table).p_value, votes, times=3)
        theirs, estimate = timed(peer, votes, times=1)
        print(
            f"{len(votes):>9,} votes ({subjects:,} x {clips:,}): sign_flip {ours:.3f} s (exact p {exact:.4f}), "
            f"scipy with {PEER_RESAMPLES} resamples {theirs:.3f} s (p {estimate:.4f}), ratio {theirs / ours:.1f}"
        )


if __name__ == "__main__":
    main()
