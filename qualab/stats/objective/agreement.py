"""Do the metrics see what viewers see? Votes beside metric differences, clip by clip."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom, kendalltau, pearsonr, spearmanr

from qualab.errors import InputError
from qualab.stats.result import Result
from qualab.stats.tally import signs_of
from qualab.study.tables import POINT_COLUMNS

LEAST_CLIPS = 8
_RESAMPLES = 2000
_SEED = 2026
_CORRELATIONS = ("plcc", "srocc", "kendall")
_ASSUMPTIONS = (
    f"clips are a random sample of clips; intervals by {_RESAMPLES} resamples of clips (seed {_SEED}); a clip counts "
    "as different where the exact binomial test of its votes says so"
)
Floats = npt.NDArray[np.float64]


def points(votes: pd.DataFrame, deltas: pd.DataFrame) -> pd.DataFrame:
    """Return POINT_COLUMNS: for every clip with votes, and every metric, the share for hrc_b beside the delta.

    A tie counts half. Deltas that are not finite, such as the PSNR of identical pictures, are left out.

    Args:
        deltas: hrc_a, hrc_b, src, metric, delta (hrc_b minus hrc_a), pairs oriented as in `votes`.
    """
    keys = ["hrc_a", "hrc_b", "src"]
    liked = votes[[*keys, "subject"]].assign(share=(1 + signs_of(votes["choice"])) / 2, n_votes=1)
    how = {"share": "mean", "n_votes": "sum", "subject": "nunique"}
    clips = liked.groupby(keys, sort=True).agg(how).rename(columns={"subject": "n_subjects"}).reset_index()
    finite = deltas[np.isfinite(deltas["delta"].to_numpy(dtype=float, na_value=np.nan))]
    joined = clips.merge(finite, on=keys, how="inner").sort_values([*keys[:2], "metric", "src"], ignore_index=True)
    return joined[list(POINT_COLUMNS)]


def agreement(clips: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return how a metric's differences go with the votes on one pair, clip by clip (E2).

    Effects: plcc, srocc and kendall (tau-b) of delta and share, each with _lo and _hi, the interval of a bootstrap
    over clips; and Krasula's (2016) three: auc_ds, how well the size of the delta tells clips on which viewers
    differ from those on which they do not; auc_bw, how well its sign tells which was better; c0, the share of
    differing clips where the sign is right. None where nothing can be said; below eight clips there is no correlation.

    Args:
        clips: rows of POINT_COLUMNS of one pair and one metric.

    Raises:
        InputError: rows of several pairs or metrics, or an alpha that is no probability.
    """
    named = _named(clips, alpha)
    ordered = clips.sort_values("src")
    delta, share = (ordered[name].to_numpy(dtype=float) for name in ("delta", "share"))
    effects, notes = _correlations(delta, share, alpha)
    krasula, why = _krasula(delta, _differing(ordered, alpha))
    hrc_a, hrc_b, metric = (str(name) for name in named.iloc[0]) if len(named) else ("", "", "")
    return Result(
        analysis="agreement",
        estimand="E2",
        pair=(hrc_a, hrc_b) if len(named) else None,
        src=None,
        estimate=None,
        ci=None,
        p_value=None,
        n_votes=int(ordered["n_votes"].sum()),
        n_subjects=int(ordered["n_subjects"].max()) if len(ordered) else 0,
        n_srcs=len(ordered),
        note="; ".join([*notes, *why]) if len(ordered) else "no clip has both votes and scores",
        counts={},
        assumptions=_ASSUMPTIONS,
        alpha=alpha,
        is_reachable=effects["plcc"] is not None,
        effects=effects | krasula,
        group=f"metric: {metric}" if len(named) else None,
    )


def _named(clips: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Return the one pair and metric of these clips, or no row."""
    if not 0 < alpha < 1:
        raise InputError("alpha", f"is {alpha}", "give a number between 0 and 1, such as 0.05")
    named = clips[["hrc_a", "hrc_b", "metric"]].drop_duplicates()
    if len(named) > 1:
        raise InputError("points", "hold more than one pair or metric", "look at one at a time")
    return named


def _correlations(delta: Floats, share: Floats, alpha: float) -> tuple[dict[str, float | None], list[str]]:
    effects: dict[str, float | None] = {name + end: None for name in _CORRELATIONS for end in ("", "_lo", "_hi")}
    if len(delta) < LEAST_CLIPS:
        clips = "1 clip says" if len(delta) == 1 else f"{len(delta)} clips say"
        return effects, [f"{clips} nothing of a correlation: {LEAST_CLIPS} are needed"]
    if np.ptp(delta) == 0 or np.ptp(share) == 0:
        return effects, ["the metric or the votes do not vary over the clips: no correlation"]
    estimates = pearsonr(delta, share)[0], spearmanr(delta, share)[0], kendalltau(delta, share)[0]
    drawn = np.random.default_rng(_SEED).integers(len(delta), size=(_RESAMPLES, len(delta)))
    places = (drawn + len(delta) * np.arange(_RESAMPLES)[:, None]).ravel()
    times: Floats = np.bincount(places, minlength=drawn.size).reshape(drawn.shape).astype(float)
    resampled = (
        _pearson(times, delta, share),
        _pearson(times, _ranks(times, delta), _ranks(times, share)),
        _kendall(times, delta, share),
    )
    for name, value, values in zip(_CORRELATIONS, estimates, resampled, strict=True):
        low, high = np.nanquantile(values, (alpha / 2, 1 - alpha / 2)).tolist()
        effects |= {name: float(value), name + "_lo": min(low, float(value)), name + "_hi": max(high, float(value))}
    return effects, []


def _pearson(times: Floats, x: Floats, y: Floats) -> Floats:
    """Return the correlation in every resample, given how often each clip was drawn; NaN where it does not vary."""
    n = times.sum(axis=1, keepdims=True)
    x, y = (values - (times * values).sum(axis=1, keepdims=True) / n for values in (x, y))
    spread = np.sqrt((times * np.square(x)).sum(axis=1) * (times * np.square(y)).sum(axis=1))
    return _divided((times * x * y).sum(axis=1), spread)


def _ranks(times: Floats, values: Floats) -> Floats:
    """Return each clip's rank in every resample, equal values sharing the middle one."""
    below, beside = values < values[:, None], values == values[:, None]
    return np.asarray(times @ (below + beside / 2).T + 0.5)


def _kendall(times: Floats, x: Floats, y: Floats) -> Floats:
    """Return Kendall's tau-b of every resample."""
    signs_x, signs_y = np.sign(x[:, None] - x), np.sign(y[:, None] - y)

    def pairs(signs: Floats) -> Floats:
        return np.asarray(((times @ signs) * times).sum(axis=1))

    return _divided(pairs(signs_x * signs_y), np.sqrt(pairs(np.abs(signs_x)) * pairs(np.abs(signs_y))))


def _divided(values: Floats, by: Floats) -> Floats:
    quotients: Floats = np.full(len(by), np.nan)
    known = by > 1e-12
    quotients[known] = values[known] / by[known]
    return quotients


def _differing(clips: pd.DataFrame, alpha: float) -> npt.NDArray[np.int64]:
    """Return 1 or -1 for the clips on which significantly many voted for hrc_b or hrc_a, 0 for the others.

    A vote more than one a viewer adds nothing; a half vote, from a tie, counts for neither.
    """
    share, n = clips["share"].to_numpy(dtype=float), clips["n_subjects"].to_numpy(dtype=np.int64)
    more = np.ceil(np.maximum(share, 1 - share) * n - 0.5 - 1e-9)
    # Two-sided against one half: twice the smaller tail.
    is_different = 2 * binom.cdf(np.minimum(more, n - more), n, 0.5) <= alpha
    return np.asarray(np.sign(share - 0.5) * is_different, dtype=np.int64)


def _krasula(delta: Floats, differing: npt.NDArray[np.int64]) -> tuple[dict[str, float | None], list[str]]:
    signed = (delta * differing)[differing != 0]
    effects: dict[str, float | None] = {"auc_ds": None, "auc_bw": None, "c0": None}
    size, notes = np.abs(delta), []
    if len(signed) and len(signed) < len(delta):
        effects["auc_ds"] = _auc(size[differing != 0], size[differing == 0])
    if len(signed):
        # Every differing pair is there both ways round: better with its delta, worse with its opposite.
        effects["auc_bw"] = _auc(signed, -signed)
        effects["c0"] = float((signed > 0).mean())
    if effects["auc_ds"] is None and len(delta):
        which = "every" if len(signed) else "no"
        notes.append(f"viewers differ significantly on {which} clip")
    return effects, notes


def _auc(higher: Floats, lower: Floats) -> float:
    """Return the probability that one of `higher` exceeds one of `lower`, equal ones counting half."""
    return float((1 + np.sign(higher[:, None] - lower[None, :])).mean() / 2)
