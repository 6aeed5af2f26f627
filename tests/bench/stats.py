"""Times sign_flip on 26,000 and 1,000,000 votes beside scipy's Monte Carlo test of the same statistic.

python tests/bench/stats.py
"""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import permutation_test

from qualab.stats.preference import sign_flip

PEER_RESAMPLES = 9999


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
    """Return scipy's Monte Carlo p-value from the subjects' totals, 9,999 resamples in batches."""
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


def timed(call: Callable[[], object]) -> tuple[float, object]:
    """Return the best of three times in seconds, and the result."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - begin)
    return min(times), result


def main() -> None:
    """Print one line for each size."""
    for subjects, clips in ((2_167, 12), (83_334, 12), (1_000, 1_000)):
        votes = crossed(subjects, clips)
        ours, result = timed(lambda votes=votes: sign_flip(votes).p_value)  # type: ignore[misc]
        theirs, estimate = timed(lambda votes=votes: peer(votes))  # type: ignore[misc]
        print(
            f"{len(votes):>9,} votes ({subjects:,} x {clips:,}): sign_flip {ours:.3f} s (exact p {result:.4f}), "
            f"scipy Monte Carlo {theirs:.3f} s (p {estimate:.4f}), {theirs / ours:.1f} times as long"
        )


if __name__ == "__main__":
    main()
