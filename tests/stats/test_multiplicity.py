"""Holm's correction for several tests against the values of R's p.adjust."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from qualab.stats.multiplicity import holm

P_VALUES = [0.001, 0.01, 0.02, 0.04, 0.3]


def test_holm_equals_the_published_values() -> None:
    assert holm(P_VALUES) == pytest.approx([0.005, 0.04, 0.06, 0.08, 0.3])


def test_it_equals_that_of_statsmodels() -> None:
    rng = np.random.default_rng(6)
    for n in (1, 2, 7, 40):
        p_values = np.round(rng.random(n) ** 3, 2).tolist()
        assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist())


def test_what_was_not_tested_is_not_counted() -> None:
    assert holm([0.02, None, 0.04, None])[::2] == holm([0.02, 0.04])
    assert holm([0.02, None, 0.04, None])[1::2] == [None, None]
    assert holm([None]) == [None]
    assert holm([]) == []
