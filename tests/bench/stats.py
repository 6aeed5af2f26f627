"""Times the analyses of 26,000 and 1,000,000 votes, beside scipy's and choix's ways to the same numbers.

python tests/bench/stats.py [--output tests/bench/results/stats-two-cores.ndjson]
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import choix
import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import permutation_test

from qualab.stats import ANALYSES
from qualab.stats.scaling.bradley_terry import bradley_terry

PEER_RESAMPLES = 999
HRCS = ("bicubic", "espcn", "lanczos", "net", "waifu")
MEASURED = ("sign_flip", "two_way", "position", "pigeonhole", "gee", "e_value")


def crossed(subjects: int, clips: int, hrcs: int) -> pd.DataFrame:
    """Return votes of subjects x clips on all pairs of HRCs; subjects and clips differ, later HRCs are better."""
    rng = np.random.default_rng(1)
    lean = rng.normal(0, 1, (subjects, 1)) + rng.normal(0, 1, clips)
    names = np.array([f"L1-S{subject:06d}" for subject in range(subjects)], dtype=object)
    srcs = np.array([f"clip-{clip}" for clip in range(clips)], dtype=object)
    tables = []
    for first, second in combinations(range(hrcs), 2):
        answers = rng.random((subjects, clips)) < expit(0.2 * (second - first) + lean)
        pair = np.array(HRCS, dtype=object)[[first, second]]
        table = pd.DataFrame({"subject": np.repeat(names, clips), "src": np.tile(srcs, subjects)})
        table = table.assign(hrc_a=pair[0], hrc_b=pair[1], choice=np.where(answers.ravel(), "b", "a"))
        tables.append(table.assign(left_hrc=pair[rng.integers(0, 2, len(table))]))
    return pd.concat(tables, ignore_index=True)


class Time(NamedTuple):
    """Seconds by the clock, and of the processor: what others on the machine take from the first."""

    seconds: float
    cpu_seconds: float


def timed(call: Callable[[], Any], *, times: int = 3) -> Time:
    """Return the best of several times."""
    found = []
    for _ in range(times):
        begin, used = time.perf_counter(), time.process_time()
        call()
        found.append((time.perf_counter() - begin, time.process_time() - used))
    return Time(*(round(min(kind), 4) for kind in zip(*found, strict=True)))


def peak_mb() -> float:
    """Return the most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def scipys(votes: pd.DataFrame) -> float:
    """Return scipy's Monte Carlo p-value from the subjects' totals, 999 resamples in batches."""
    signs = votes["choice"].map({"a": -1, "b": 1, "tie": 0})
    found = permutation_test(
        (signs.groupby(votes["subject"]).sum().to_numpy(),),
        lambda x, axis: x.sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=PEER_RESAMPLES,
        batch=100,
        rng=np.random.default_rng(2),
    )
    return float(found.pvalue)


def comparisons(votes: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the votes as choix takes them: winner before loser."""
    place = {hrc: number for number, hrc in enumerate(HRCS)}
    first, second = (votes[name].map(place).to_numpy() for name in ("hrc_a", "hrc_b"))
    is_first = votes["choice"].eq("a").to_numpy()
    winner, loser = np.where(is_first, first, second), np.where(is_first, second, first)
    return list(zip(winner.tolist(), loser.tolist(), strict=True))


def measure(subjects: int, clips: int, hrcs: int) -> list[dict[str, object]]:
    """Return one row an analysis: seconds for all pairs of one table, splitting it into pairs included."""
    votes = crossed(subjects, clips, hrcs)
    table_mb = peak_mb()
    size = {"votes": len(votes), "subjects": subjects, "clips": clips, "pairs": hrcs * (hrcs - 1) // 2}

    def of_pairs(call: Callable[[pd.DataFrame], Any]) -> Callable[[], Any]:
        return lambda: [call(table) for _, table in votes.groupby(["hrc_a", "hrc_b"], sort=True)]

    found = {"bradley_terry": timed(lambda: bradley_terry(votes))}
    found |= {name: timed(of_pairs(ANALYSES[name].run)) for name in MEASURED[:2]}
    rows = [{**size, "analysis": name, **taken._asdict()} for name, taken in found.items()]
    three = Time(*(round(sum(kind), 4) for kind in zip(*found.values(), strict=True)))
    peak = {"peak_mb": round(peak_mb()), "peak_mb_before": round(table_mb)}
    rows.append({**size, "analysis": "bradley_terry + sign_flip + two_way", **three._asdict(), **peak})
    for name in MEASURED[2:]:
        rows.append({**size, "analysis": name, **timed(of_pairs(ANALYSES[name].run), times=1)._asdict()})
    coded = comparisons(votes)
    peers = {
        "scipy permutation_test, 999 resamples": ("sign_flip", of_pairs(scipys)),
        "choix ilsr_pairwise, votes already coded": ("bradley_terry", lambda: choix.ilsr_pairwise(hrcs, coded)),
    }
    for name, (ours, call) in peers.items():
        taken = timed(call, times=1)
        ratio = round(taken.cpu_seconds / found[ours].cpu_seconds, 2)
        rows.append({**size, "analysis": name, **taken._asdict(), "ratio": ratio})
    return rows


def main() -> None:
    """Print one line for each size and analysis, and write them as NDJSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path)
    output = parser.parse_args().output
    rows = [row for size in ((100, 26, 5), (1000, 100, 5)) for row in measure(*size)]
    for row in rows:
        more = "".join(f", {name} {row[name]}" for name in ("peak_mb", "peak_mb_before", "ratio") if name in row)
        taken = f"{row['seconds']:>8.3f} s, processor {row['cpu_seconds']:.3f} s{more}"
        print(f"{row['votes']:>9,} votes  {row['analysis']:<42} {taken}")
    if output:
        output.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
