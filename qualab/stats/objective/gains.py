"""What an HRC gains over its baseline, clip by clip, and which gains deserve a second look."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from qualab.study.families import METRICS

# Each VMAF that rewards enhancement, and the one of the same kind that does not.
NEG_OF = {"vmaf": "vmaf_neg", "vmaf_4k": "vmaf_4k_neg"}
SHARPER = "VMAF up, PSNR down"
ENHANCED = "gain mostly enhancement"
MEANINGS = {
    SHARPER: "the model likes the picture better, and it lies further from the reference",
    ENHANCED: "more than half of the VMAF gained is gone under NEG, which gives no credit for sharpening and contrast",
}
# Less than this rounds to no change in a table.
_VMAF_STEP, _DB_STEP = 0.05, 0.005
_GAIN_WORTH_DOUBT = 0.5


def gains(scores: pd.DataFrame, baselines: Mapping[str, str], *, pooling: str = "mean") -> pd.DataFrame:
    """Return a row per clip and HRC in the order of `scores`: values by metric, what they gain, and flags.

    Columns: `src`, `hrc`, `baseline` (None where it has none), each metric present under its own name and what is
    gained over the baseline as `<metric>_gain` (NaN where one of the two has no number), `lossless`, and `flags`, a
    tuple of SHARPER and ENHANCED.

    Args:
        scores: table of SCORE_COLUMNS.
        baselines: by HRC id the HRC it is held against.
    """
    rows = scores[scores["pooling"] == pooling]
    rows = rows.assign(value=pd.to_numeric(rows["value"], errors="coerce").astype(float))
    pairs = rows[["src", "hrc"]].astype(str).drop_duplicates()
    metrics = [name for name in METRICS if (rows["metric"] == name).any()]
    keys = pd.MultiIndex.from_frame(pairs)
    bases = [baselines.get(hrc) for hrc in pairs["hrc"]]
    base_keys = pd.MultiIndex.from_arrays([pairs["src"].to_numpy(), [base or "" for base in bases]])
    table = pairs.reset_index(drop=True)
    table["baseline"] = pd.Series(bases, dtype=object)
    for metric in metrics:
        values = _by_pair(rows[rows["metric"] == metric], "value")
        table[metric] = values.reindex(keys).to_numpy(dtype=float)
        table[f"{metric}_gain"] = table[metric] - values.reindex(base_keys).to_numpy(dtype=float)
    perfect = _by_pair(rows[rows["lossless"].eq(True)], "lossless").index
    table["lossless"] = keys.isin(perfect)
    table["flags"] = _flags(table, metrics)
    return table


def _by_pair(rows: pd.DataFrame, column: str) -> "pd.Series[float]":
    kept = rows.assign(src=rows["src"].astype(str), hrc=rows["hrc"].astype(str)).drop_duplicates(["src", "hrc"])
    return kept.set_index(["src", "hrc"])[column]


def _flags(table: pd.DataFrame, metrics: Sequence[str]) -> list[tuple[str, ...]]:
    none = np.zeros(len(table), dtype=bool)
    sharper, enhanced = none.copy(), none.copy()
    for vmaf, neg in NEG_OF.items():
        if vmaf not in metrics:
            continue
        up = table[f"{vmaf}_gain"].to_numpy()
        down = next((table[f"{name}_gain"].to_numpy() for name in ("psnr_y", "psnr") if name in metrics), none)
        sharper |= (up >= _VMAF_STEP) & (down <= -_DB_STEP)
        if neg in metrics:
            kept = table[f"{neg}_gain"].to_numpy()
            enhanced |= (up > _GAIN_WORTH_DOUBT) & (up - kept > up / 2)
    return [
        tuple(name for name, is_so in ((SHARPER, first), (ENHANCED, second)) if is_so)
        for first, second in zip(sharper, enhanced, strict=True)
    ]
