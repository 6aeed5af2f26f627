"""Did the place on the screen decide? The share of votes for the left picture, and the preference without it."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from qualab.errors import InputError
from qualab.stats.pairwise.preference import sign_flip
from qualab.stats.result import Result
from qualab.stats.tally import Ints, check_filled, is_simulated, signs_of

_POSITION = (
    "share of the votes that are no ties for the picture shown left; subjects are independent, exact sign-flip test "
    "by subject; log odds for hrc_b = b0 + b1 * side, side 1 where hrc_b stood left and -1 where right, standard "
    "errors clustered by subject"
)
_EFFECTS = ("b0", "b0_se", "b1", "b1_se")
Floats = npt.NDArray[np.float64]


def position(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the share of decided votes for the left picture (E1), with sign_flip's test and interval.

    Effects: n_left and n_right, the votes for either side; b0, the log odds for hrc_b were it as often left as right,
    and b1, what standing left adds, with their standard errors b0_se and b1_se: maximum likelihood of a logistic
    regression clustered by subject. These four are None for several pairs together, and where a side or a choice is
    missing. `counts` are of the HRCs as everywhere. Needs the column `left_hrc`: without it there is no estimate.

    Raises:
        InputError: as sign_flip; also where `left_hrc` is neither of the pair.
    """
    check_filled(votes)
    decided, signs, lefts = _decided(votes)
    sided = decided.assign(hrc_a="right", hrc_b="left", choice=np.where(signs == lefts, "b", "a"))
    result = sign_flip(sided.drop(columns="score", errors="ignore"), alpha=alpha)
    simulated = is_simulated(votes)
    pairs = votes[["hrc_a", "hrc_b"]].drop_duplicates()
    pair = (str(pairs.iloc[0, 0]), str(pairs.iloc[0, 1])) if len(pairs) == 1 else None
    subjects, names = pd.factorize(decided["subject"])
    values = [None] * 4 if pair is None else _regression(signs, lefts, subjects, len(names))
    notes = _nothing(votes, simulated) if decided.empty else [result.note, _left_out(len(votes) - len(decided))]
    notes += [_why(pair)] if len(decided) and values[0] is None else []
    sides = {"n_left": result.counts["n_b"], "n_right": result.counts["n_a"]}
    return replace(
        result,
        analysis="position",
        pair=pair,
        n_votes=len(votes),
        n_subjects=votes["subject"].nunique(),
        n_srcs=votes["src"].nunique(),
        counts=_counts(votes),
        effects=sides | dict(zip(_EFFECTS, values, strict=True)),
        note="; ".join(note for note in notes if note),
        assumptions=_POSITION,
        is_simulated=simulated,
    )


def _decided(votes: pd.DataFrame) -> tuple[pd.DataFrame, Ints, Ints]:
    """Return the votes with a choice and a side, 1 where it is for hrc_b else -1, 1 where hrc_b stood left else -1."""
    signs = signs_of(votes["choice"])
    if "left_hrc" not in votes:
        empty = votes.iloc[:0]
        return empty, signs[:0], signs[:0]
    kept = (signs != 0) & votes["left_hrc"].notna().to_numpy()
    decided = votes[kept]
    is_a, is_b = ((decided["left_hrc"] == decided[hrc]).to_numpy() for hrc in ("hrc_a", "hrc_b"))
    if not (is_a | is_b).all():
        unknown = str(decided["left_hrc"].to_numpy()[~(is_a | is_b)][0])[:40]
        raise InputError("votes", f"left_hrc is '{unknown}'", "use hrc_a or hrc_b of the same row")
    return decided, signs[kept], np.where(is_b, 1, -1)


def _counts(votes: pd.DataFrame) -> dict[str, int]:
    signs = signs_of(votes["choice"])
    return dict(zip(("n_a", "n_tie", "n_b"), np.bincount(signs + 1, minlength=3).tolist(), strict=True))


def _regression(signs: Ints, lefts: Ints, subjects: npt.NDArray[np.intp], n: int) -> list[float | None]:
    """Return b0, b0_se, b1, b1_se. One number a side is all there is to fit, so the fit is two logits of shares."""
    logits, scores = [], []
    for side in (1, -1):
        there = lefts == side
        preferred = (signs[there] > 0).astype(float)
        share = float(preferred.mean()) if len(preferred) else 0.0
        if not 0 < share < 1:
            return [None] * 4
        logits.append(float(logit(share)))
        information = len(preferred) * share * (1 - share)
        scores.append(np.bincount(subjects[there], weights=preferred - share, minlength=n) / information)
    if n < 2:
        return [None] * 4
    left, right = scores
    errors = [math.sqrt(n / (n - 1) * float(np.square(total / 2).sum())) for total in (left + right, left - right)]
    return [(logits[0] + logits[1]) / 2, errors[0], (logits[0] - logits[1]) / 2, errors[1]]


def _nothing(votes: pd.DataFrame, simulated: bool) -> list[str]:
    if votes.empty:
        return ["no votes"]
    what = "no vote has both a choice and a side" if "left_hrc" in votes else "no column left_hrc: sides are not known"
    return ["simulated viewers, no real vote" if simulated else "", what]


def _left_out(count: int) -> str:
    votes = "1 vote" if count == 1 else f"{count} votes"
    return f"{votes} without a choice or a side left out" if count else ""


def _why(pair: tuple[str, str] | None) -> str:
    if pair is None:
        return "b0 and b1 are of one pair: see its own row"
    return "b0 and b1 need two viewers, and both choices on either side"
