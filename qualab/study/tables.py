"""The tables that rooms hand to each other: their columns, the reading of CSV, the writing of safe CSV."""

from typing import Any

import pandas as pd

from qualab.study.families import DIAGNOSTICS

# One pooled value: which SRC, which HRC, which metric, pooled how; `value` is NaN where PSNR is lossless.
SCORE_COLUMNS = ("src", "hrc", "metric", "pooling", "value", "unit", "lossless")
# One frame's values by the usual metrics: `frame` counts from 0; psnr columns are +inf where the frame is identical. A
# study may ask for other metrics: each is a column of its own name.
FRAME_COLUMNS = ("frame", "vmaf", "vmaf_neg", "psnr_y", "psnr", "ssim")
# One frame of a PVS looked at alone: see families.DIAGNOSTICS.
DIAGNOSTIC_COLUMNS = ("frame", *DIAGNOSTICS)
# One point of a rate-quality curve: `family` is what is compared, `label` the resolution (or what else tells points
# of one family apart), `bitrate_kbps` as measured, `quality` by one metric, higher is better.
RATE_COLUMNS = ("src", "family", "label", "bitrate_kbps", "quality")
# One vote: hrc_a is the baseline, hrc_b the test HRC, `choice` the one preferred, `left_hrc` the one shown left. `kind`
# is one of terms.TRIAL_KINDS; `score` (-3 to 3, above 0 for hrc_b, NaN but for CCR) says how much better; `valid` is
# False where playback broke a rule of the study, `voided` True where the viewer withdrew, `finished` True where the
# viewer has answered everything.
VOTE_COLUMNS = (
    "subject",
    "src",
    "hrc_a",
    "hrc_b",
    "choice",
    "left_hrc",
    "response_ms",
    "simulated",
    "launch",
    "position",
    "voted_at",
    "kind",
    "score",
    "valid",
    "voided",
    "reasons",
    "comment",
    "finished",
)
# One check of one viewer: `rule` is one of stats.screening's, `passed` True, False or None (does not apply), `value`
# what was seen in words, such as "5 of 5", `excludes` whether the rules frozen at launch leave out who fails it.
CHECK_COLUMNS = ("subject", "rule", "passed", "value", "excludes")
# One clip as both see it: `delta` is the metric's mean of hrc_b minus that of hrc_a, `share` the votes for hrc_b
# (a tie counts half) among `n_votes`.
POINT_COLUMNS = ("hrc_a", "hrc_b", "src", "metric", "delta", "share", "n_votes", "n_subjects")
FOREIGN_VOTE_COLUMNS = VOTE_COLUMNS[:5]
# One planned trial: `subject` counts viewers from 1, `position` from 1; `left` says whether hrc_a or hrc_b is left,
# `kind` what it is for (terms.TRIAL_KINDS).
TRIAL_COLUMNS = ("subject", "position", "src", "hrc_a", "hrc_b", "left", "kind")


def empty(columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a table of these columns and no rows."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as dictionaries by column name."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def link_table(links: list[str], *, cap: int | None = None) -> pd.DataFrame:
    """Return invite links as a table: one a viewer, counted from 1, or the open one and how many may join by it."""
    if cap is not None:
        return pd.DataFrame({"link": links, "viewers": [cap] * len(links)})
    return pd.DataFrame({"viewer": range(1, len(links) + 1), "link": links})
