"""What is told while viewers vote: every pair of the study, without those left out, and no result."""

import numpy as np
import pandas as pd
import pytest

from qualab.stats.findings.monitoring import screen, watch
from qualab.stats.pairwise.preference import sign_flip
from qualab.stats.pairwise.sequential import e_value
from qualab.study.protocol import Screening, Stopping
from qualab.study.tables import VOTE_COLUMNS

PAIRS = [("bicubic", "sr"), ("bicubic", "lanczos")]


@pytest.fixture
def answers():
    """Return answers of ten viewers to one pair on two clips; the last two miss a gold pair and prefer the baseline."""
    rows = [
        {"subject": f"v{who}", "src": src, "hrc_a": a, "hrc_b": "sr", "choice": "a" if who > 7 else "b", "kind": kind}
        for who in range(10)
        for src, a, kind in (("cups", "bicubic", "test"), ("tram", "bicubic", "test"), ("cups", "gold", "gold"))
    ]
    table = pd.DataFrame(rows).reindex(columns=list(VOTE_COLUMNS))
    times = [f"2026-01-01T00:00:{place:02d}.000" for place in range(len(rows))]
    return table.assign(simulated=0, valid=True, voided=False, finished=True, voted_at=times, score=np.nan)


def test_every_pair_is_followed_without_viewers_who_are_left_out(answers):
    found = watch(answers, PAIRS, Screening(), Stopping(enabled=True, alpha=0.1))
    first, second = found.results
    kept = answers[answers["subject"].lt("v8") & answers["kind"].eq("test")]
    assert (first.effects, first.ci) == (e_value(kept).effects, e_value(kept, alpha=0.1).ci)
    assert (first.pair, first.n_subjects, found.n_left_out) == (PAIRS[0], 8, 2)
    assert (second.pair, second.n_subjects, second.estimate) == (PAIRS[1], 0, None)
    assert [len(found.paths[pair]) for pair in PAIRS] == [8, 0]
    everybody = watch(answers, PAIRS[:1], Screening(enabled=False), Stopping())
    assert (everybody.n_left_out, everybody.results[0].n_subjects) == (0, 10)


def test_results_with_and_without_come_after_the_close(answers):
    watched, closed = (screen(answers, PAIRS, Screening(), is_watched=is_watched) for is_watched in (True, False))
    assert watched.results == ()
    pd.testing.assert_frame_equal(watched.checks, closed.checks)
    (result,) = closed.results
    assert (result.pair, result.src, result.estimate) == (PAIRS[0], None, 1.0)
    assert result.effects["estimate_all"] == sign_flip(answers[answers["kind"].eq("test")]).estimate == 0.8
