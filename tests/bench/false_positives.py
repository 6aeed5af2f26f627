"""How often the analyses claim a preference that is not there, and how often their intervals hold the truth.

python tests/bench/false_positives.py [--runs 2000] [--output tests/bench/results/false-positives.ndjson]

Viewers and clips differ: logit P(hrc_b) = centre + viewer + clip, both normal. The truth an interval must hold is, for
E1, the mean over the clips of that run of what all viewers would prefer; for E2 the mean over all clips and viewers.
Where clips differ, viewers do prefer one HRC on the clips of a run: a claim of E1's analyses (sign_flip, gee) is false
only where clips are alike, and that of two_way's kind wherever the share of all is one half.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import binom

from qualab.stats import ANALYSES
from qualab.stats.pairwise.sequential import e_value

Floats = npt.NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
SEED = 2026


@dataclass(frozen=True)
class Scenario:
    """Studies alike: how many vote on what, how much viewers and clips differ, the share of all that prefer hrc_b.

    `seen` is the part of the clips that a viewer sees, `ties` the part of votes that are ties.
    """

    name: str
    subjects: int = 24
    clips: int = 12
    subject_sd: float = 1.0
    clip_sd: float = 1.0
    share: float = 0.5
    seen: float = 1.0
    ties: float = 0.0


NULL = (
    Scenario("viewers and clips differ"),
    Scenario("viewers differ", clip_sd=0.0),
    Scenario("clips differ", subject_sd=0.0),
    Scenario("nothing differs", subject_sd=0.0, clip_sd=0.0),
    Scenario("half the clips each", seen=0.5),
    Scenario("3 of 10 are ties", ties=0.3),
    Scenario("5 clips", clips=5),
    Scenario("6 viewers", subjects=6),
    Scenario("100 viewers, 30 clips", subjects=100, clips=30),
)
EFFECTS = (
    Scenario("share 0.65", share=0.65),
    Scenario("share 0.8", share=0.8),
    Scenario("share 0.9", share=0.9),
    Scenario("share 0.65, clips alike", share=0.65, clip_sd=0.0),
    Scenario("share 0.65, half the clips each", share=0.65, seen=0.5),
    Scenario("share 0.65, 3 of 10 are ties", share=0.65, ties=0.3),
    Scenario("share 0.65, 100 viewers, 30 clips", subjects=100, clips=30, share=0.65),
)
HEADLINES = ("sign_flip", "two_way")
SENSITIVITY = ("pigeonhole", "gee")
# These take ten times as long, and are no headline.
WITH_SENSITIVITY = (*NULL[:3], EFFECTS[0])


def averaged(centre: npt.ArrayLike, sd: float) -> Floats:
    """Return the mean of expit(centre + a normal of this standard deviation), for each centre."""
    logits = np.asarray(centre, dtype=float)[..., None] + sd * _NODES
    return np.asarray(expit(logits) @ _WEIGHTS / _WEIGHTS.sum())


def studies(asked: Scenario, runs: int, seed: int) -> Iterator[tuple[pd.DataFrame, dict[str, float]]]:
    """Yield the votes of one study after the other, and the true share by estimand."""
    rng = np.random.default_rng(seed)
    both = float(np.hypot(asked.subject_sd, asked.clip_sd))
    centre = brentq(lambda logit: float(averaged(logit, both)) - asked.share, -20.0, 20.0)
    rows, columns = asked.subjects, asked.clips
    frame = pd.DataFrame({"subject": np.repeat(np.arange(rows), columns), "src": np.tile(np.arange(columns), rows)})
    frame = frame.assign(hrc_a="bicubic", hrc_b="sr")
    for _ in range(runs):
        clips = centre + rng.normal(0.0, asked.clip_sd, columns)
        liked = expit(clips + rng.normal(0.0, asked.subject_sd, (rows, 1)))
        chosen = np.where(rng.random((rows, columns)) < liked, "b", "a")
        chosen = np.where(rng.random((rows, columns)) < asked.ties, "tie", chosen)
        # Every viewer sees as many clips as every other, drawn at random.
        is_seen = rng.random((rows, columns)).argsort(axis=1).argsort(axis=1) < round(asked.seen * columns)
        of_clips = averaged(clips, asked.subject_sd)
        these = float(is_seen.sum(axis=0) @ of_clips / is_seen.sum())
        truth = {"E1": these, "E2": asked.share}
        votes = frame.assign(choice=chosen.ravel())[is_seen.ravel()]
        yield votes, {name: (1 - asked.ties) * share + asked.ties / 2 for name, share in truth.items()}


def rates(asked: Scenario, analyses: tuple[str, ...], runs: int) -> Iterator[dict[str, object]]:
    """Yield, for each analysis, how often p <= 0.05 claimed a preference, and how often its interval held the truth.

    All see the same studies, those of SENSITIVITY the first quarter of them.
    """
    seen: dict[str, list[tuple[bool, bool]]] = {name: [] for name in analyses}
    for number, (votes, truth) in enumerate(studies(asked, runs, SEED)):
        for name in analyses:
            if name in SENSITIVITY and number >= runs // 4:
                continue
            result = ANALYSES[name].run(votes)
            if result.p_value is not None and result.ci is not None:
                is_held = result.ci[0] <= truth[result.estimand] <= result.ci[1]
                seen[name].append((result.p_value <= 0.05, is_held))
    for name, found in seen.items():
        claimed, covered = np.mean(found, axis=0).tolist()
        yield {"analysis": name, "runs": len(found), "claimed": claimed, "covered": covered}


def peeking(runs: int, *, clips: int = 1, first: int = 10, last: int = 200, seed: int = SEED) -> dict[str, float]:
    """Return how often a look after every viewer claims a preference that is not there: exact test, and e-value."""
    rng = np.random.default_rng(seed)
    sizes = np.arange(1, last + 1)
    table = pd.DataFrame({"subject": np.repeat(sizes, clips), "src": np.tile(np.arange(clips), last)})
    table = table.assign(
        hrc_a="bicubic", hrc_b="sr", voted_at=[f"2026-01-01T{n // 60:02d}:{n % 60:02d}:00Z" for n in table["subject"]]
    )
    exact, valid = [], []
    for _ in range(runs):
        liked = rng.random((last, clips)) < (expit(rng.normal(0.0, 1.0, (last, 1))) if clips > 1 else 0.5)
        k, n = liked.sum(axis=1).cumsum()[first - 1 :], clips * sizes[first - 1 :]
        exact.append(bool((2 * binom.cdf(np.minimum(k, n - k), n, 0.5) <= 0.05).any()))
        found = e_value(table.assign(choice=np.where(liked.ravel(), "b", "a")))
        valid.append((found.p_value or 1.0) <= 0.05)
    return {"runs": runs, "exact": float(np.mean(exact)), "e_value": float(np.mean(valid))}


def measured(runs: int) -> Iterator[dict[str, object]]:
    """Yield one row a scenario and analysis."""
    for asked in (*NULL, *EFFECTS):
        # The pooled test leaves ties out, so that its share is another one.
        pooled = () if asked.ties else ("binomial",)
        analyses = (*HEADLINES, *pooled, *(SENSITIVITY if asked in WITH_SENSITIVITY else ()))
        kind = "null" if asked.share == 0.5 else "effect"
        yield from ({"type": kind, **asdict(asked), **found} for found in rates(asked, analyses, runs))
    for clips in (1, 12):
        yield {"type": "peeking", "name": f"{clips} votes a viewer", "clips": clips, **peeking(runs, clips=clips)}


def line(row: dict[str, object]) -> str:
    """Return a row as a line of the table."""
    if row["type"] == "peeking":
        return f"{row['name']:<36} exact test {row['exact']:.1%}, e_value {row['e_value']:.1%}"
    claimed = f"claims {row['claimed']:6.1%}" if row["type"] == "null" else "              "
    return f"{row['name']:<36} {row['analysis']:<11} {claimed}  covers {row['covered']:6.1%}  ({row['runs']} runs)"


def main() -> None:
    """Print the table and write it as NDJSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    rows = []
    for row in measured(asked.runs):
        print(line(row), flush=True)
        rows.append(json.dumps(row))
    if asked.output:
        asked.output.write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
