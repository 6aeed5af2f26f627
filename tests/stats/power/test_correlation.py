"""How alike votes are: worked by hand, and found again in simulated studies with holes."""

import numpy as np
import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.stats.power.correlation import correlation
from qualab.study.tables import FOREIGN_VOTE_COLUMNS, empty


def crossed(preferred: np.ndarray, pair: str = "sr") -> pd.DataFrame:
    """Return votes of subjects (rows) on clips (columns): 1 for hrc_b, 0.5 a tie, 0 for hrc_a."""
    rows, columns = preferred.shape
    return pd.DataFrame(
        {
            "subject": np.repeat([f"v{place}" for place in range(rows)], columns),
            "src": np.tile([f"c{place}" for place in range(columns)], rows),
            "hrc_a": "bicubic",
            "hrc_b": pair,
            "choice": pd.Series(preferred.ravel()).map({0.0: "a", 0.5: "tie", 1.0: "b"}),
        }
    )


def anova(y: np.ndarray) -> tuple[float, float]:
    """Return both shares of variance by the textbook's two-way analysis of variance without replication."""
    rows, columns = y.shape
    by_row, by_column, grand = y.mean(axis=1), y.mean(axis=0), y.mean()
    ms_row = columns * np.square(by_row - grand).sum() / (rows - 1)
    ms_column = rows * np.square(by_column - grand).sum() / (columns - 1)
    rest = y - by_row[:, None] - by_column + grand
    ms_rest = np.square(rest).sum() / ((rows - 1) * (columns - 1))
    subject, clip = max(0.0, (ms_row - ms_rest) / columns), max(0.0, (ms_column - ms_rest) / rows)
    total = subject + clip + ms_rest
    return subject / total, clip / total


def test_a_full_table_gives_the_textbooks_analysis_of_variance() -> None:
    y = np.random.default_rng(5).choice([0.0, 0.5, 1.0], (9, 7), p=[0.2, 0.2, 0.6])
    y[:3] = 1.0
    y[:, 2] = 0.0
    found = correlation(crossed(y))
    assert (found.rho_subject, found.rho_clip) == pytest.approx(anova(y), abs=1e-12)
    assert min(anova(y)) > 0.01


def test_known_correlations_are_found_again_where_a_third_of_the_cells_is_missing() -> None:
    rng = np.random.default_rng(2)
    chance = 0.5 + rng.normal(0, 0.15, (400, 1)) + rng.normal(0, 0.1, (1, 300))
    votes = crossed((rng.random((400, 300)) < chance).astype(float))
    found = correlation(votes[rng.random(len(votes)) < 0.67])
    # Variances 0.0225 and 0.01 of 0.25 in all; 400 viewers and 300 clips know them to about a tenth.
    assert found.rho_subject == pytest.approx(0.09, abs=0.015)
    assert found.rho_clip == pytest.approx(0.04, abs=0.012)
    assert found.note == ""


def test_subjects_of_one_mind_each_are_worth_one_vote_each() -> None:
    found = correlation(crossed(np.repeat([[1.0], [0.0], [1.0], [0.0]], 6, axis=1)))
    assert (found.rho_subject, found.rho_clip) == pytest.approx((1.0, 0.0))
    assert found.n_effective == pytest.approx(4)


def test_several_pairs_are_looked_at_apart() -> None:
    one = np.random.default_rng(1).integers(0, 2, (8, 6)).astype(float)
    both = pd.concat([crossed(one), crossed(1 - one, "lanczos")])
    assert correlation(both).rho_subject == pytest.approx(correlation(crossed(one)).rho_subject)


def test_too_little_to_tell_is_said_and_a_rough_estimate_called_so() -> None:
    nothing = correlation(empty(FOREIGN_VOTE_COLUMNS))
    assert (nothing.rho_subject, nothing.n_effective, nothing.note) == (None, None, "no votes")
    assert "two viewers and two clips" in correlation(crossed(np.ones((5, 1)))).note
    assert "all votes are the same" in correlation(crossed(np.ones((5, 5)))).note
    assert correlation(crossed(np.eye(4))).note == "a rough estimate: 4 viewers and 4 clips only"
    with pytest.raises(InputError, match="use a, b or tie"):
        correlation(crossed(np.eye(4)).assign(choice="left"))
