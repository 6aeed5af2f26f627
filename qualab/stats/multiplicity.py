"""Several tests at once: Holm's correction for what is claimed, Benjamini and Hochberg's for what is explored."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import false_discovery_control

Floats = npt.NDArray[np.float64]


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values that keep the chance of any false claim at alpha (Holm 1979); None, no test, stays None.

    >>> holm([0.001, None, 0.04])
    [0.002, None, 0.04]
    """
    return _corrected(p_values, _step_down)


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values that keep the share of false findings at alpha (Benjamini and Hochberg 1995), for exploration.

    >>> benjamini_hochberg([0.001, None, 0.04])
    [0.002, None, 0.04]
    """
    return _corrected(p_values, false_discovery_control)


def _corrected(p_values: Sequence[float | None], correct: Callable[[Floats], Floats]) -> list[float | None]:
    tested = np.array([p_value for p_value in p_values if p_value is not None])
    corrected = iter(correct(tested).tolist() if len(tested) else ())
    return [None if p_value is None else next(corrected) for p_value in p_values]


def _step_down(p_values: Floats) -> Floats:
    # Not statsmodels' multipletests: it runs a whole garbage collection, 60 ms and more, at every call.
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1))
    adjusted = np.empty_like(stepped)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
