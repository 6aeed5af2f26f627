"""Times BD-rate, hull and crossovers of 1,000 curves, beside the package `bjontegaard` where it is installed.

python tests/bench/rate.py [FOLDER of `pip install --no-deps --target FOLDER bjontegaard`]
"""

import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from qualab.stats.rate.bdrate import bd, curve
from qualab.stats.rate.compare import compare
from qualab.stats.rate.hull import crossovers, hull
from qualab.study.tables import RATE_COLUMNS

CURVES, POINTS = 1000, 6
Points = tuple[np.ndarray, np.ndarray]


def made() -> list[Points]:
    """Return rising curves that differ a little, as of two families on many clips."""
    rng = np.random.default_rng(1)
    rates = 200 * 2.0 ** np.arange(POINTS) * rng.uniform(0.9, 1.1, (CURVES, POINTS))
    qualities = np.cumsum(rng.uniform(2, 10, (CURVES, POINTS)), axis=1) + 40
    return list(zip(rates, qualities, strict=True))


def ours(curves: list[Points]) -> list[float]:
    """Return BD-rates of the second of each two curves against the first; makes hulls and crossovers, too."""
    found = []
    for (rates, qualities), (test_rates, test_qualities) in zip(curves[::2], curves[1::2], strict=True):
        first, second = curve(rates, qualities), curve(test_rates, test_qualities)
        hull(first), hull(second), crossovers(first, second)
        found.append(bd(first, second).bd_rate_percent or float("nan"))
    return found


def alone(curves: list[Points]) -> list[float]:
    """Return the same BD-rates and BD-qualities, without hulls and crossovers."""
    pairs = zip(curves[::2], curves[1::2], strict=True)
    return [bd(curve(*one), curve(*two)).bd_rate_percent or float("nan") for one, two in pairs]


def table(curves: list[Points]) -> pd.DataFrame:
    """Return the curves as points of two families on 500 clips."""
    rows = [
        (f"clip-{place // 2:03d}", "ab"[place % 2], "720p", rate, quality)
        for place, (rates, qualities) in enumerate(curves)
        for rate, quality in zip(rates.tolist(), qualities.tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(RATE_COLUMNS))


def peer(curves: list[Points]) -> list[float]:
    """Return the package's BD-rates and BD-PSNRs by PCHIP."""
    # It imports matplotlib for its plots, of which none is made here.
    for name in ("matplotlib", "matplotlib.pyplot"):
        sys.modules.setdefault(name, ModuleType(name))
    import bjontegaard

    found = []
    for one, two in zip(curves[::2], curves[1::2], strict=True):
        found.append(bjontegaard.bd_rate(*one, *two, method="pchip", min_overlap=0))
        bjontegaard.bd_psnr(*one, *two, method="pchip", min_overlap=0)
    return found


def best(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the best of three times in seconds, and the result."""
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), result


def main() -> None:
    """Print one line for each way."""
    sys.path[:0] = sys.argv[1:2]
    curves = made()
    seconds, _ = best(lambda: ours(curves))
    print(f"{CURVES} curves of {POINTS} points, BD + hulls + crossovers: {seconds:.3f} s")
    points = table(curves)
    whole, _ = best(lambda: compare(points))
    print(f"the same as a table of {len(points)} rows through compare, with the bootstrap: {whole:.3f} s")
    own, values = best(lambda: alone(curves))
    try:
        theirs, expected = best(lambda: peer(curves))
    except ModuleNotFoundError:
        print(f"BD alone: {own:.3f} s; the package bjontegaard is not there to compare with")
        return
    off = max(abs(one - two) for one, two in zip(values, expected, strict=True) if one == one)
    print(f"BD alone: {own:.3f} s, bjontegaard {theirs:.3f} s, ratio {theirs / own:.2f}; values differ by {off:.1e}")


if __name__ == "__main__":
    main()
