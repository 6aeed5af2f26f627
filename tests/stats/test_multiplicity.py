"""Corrections for several tests against the values of R's p.adjust."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from qualab.stats.multiplicity import benjamini_hochberg, holm

P_VALUES = [0.001, 0.01, 0.02, 0.04, 0.3]


def test_holm_equals_the_published_values() -> None:
    assert holm(P_VALUES) == pytest.approx([0.005, 0.04, 0.06, 0.08, 0.3])


def test_benjamini_and_hochberg_equals_the_published_values() -> None:
    assert benjamini_hochberg(P_VALUES) == pytest.approx([0.005, 0.025, 0.0333333, 0.05, 0.3], abs=1e-7)


@pytest.mark.parametrize(("correct", "method"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_corrections_equal_those_of_statsmodels(correct: object, method: str) -> None:
    rng = np.random.default_rng(6)
    for n in (1, 2, 7, 40):
        p_values = np.round(rng.random(n) ** 3, 2).tolist()
        assert correct(p_values) == pytest.approx(multipletests(p_values, method=method)[1].tolist())  # type: ignore[operator]


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_what_was_not_tested_is_not_counted(correct: object) -> None:
    assert correct([0.02, None, 0.04, None])[::2] == correct([0.02, 0.04])  # type: ignore[operator]
    assert correct([0.02, None, 0.04, None])[1::2] == [None, None]  # type: ignore[operator]
    assert correct([None]) == [None]  # type: ignore[operator]
    assert correct([]) == []  # type: ignore[operator]
