"""Several tests at once: Holm's correction."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values that keep the chance of any false claim at alpha (Holm 1979); None, no test, stays None.

    >>> holm([0.001, None, 0.04])
    [0.002, None, 0.04]
    """
    tested = np.array([p_value for p_value in p_values if p_value is not None])
    adjusted = iter(_step_down(tested).tolist())
    return [None if p_value is None else next(adjusted) for p_value in p_values]


def _step_down(p_values: Floats) -> Floats:
    # Not statsmodels' multipletests: it runs a whole garbage collection, 60 ms and more, at every call.
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1))
    adjusted = np.empty_like(stepped)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
