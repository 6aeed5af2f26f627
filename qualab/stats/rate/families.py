"""The rate-quality points of a study: which HRCs make a family, and which families are held against each other."""

from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

import pandas as pd

from qualab.errors import InputError
from qualab.study.config import Study
from qualab.study.families import METRICS, metric_row
from qualab.study.hrc import ENCODE_FIRST, NO_UPSCALER, ORDERS, UPSCALE_FIRST, Hrc, Rendition
from qualab.study.ids import nearest
from qualab.study.manifest import Manifest
from qualab.study.tables import RATE_COLUMNS
from qualab.study.terms import CLASSIC_UPSCALERS

# Beside the columns of every rate table: the bitrate that was asked of the encoder, NaN where it was a CRF.
TARGET = "target_kbps"


class _Family(NamedTuple):
    """What the HRCs of one curve have in common."""

    upscaler: str
    codec: str
    order: str


def points(study: Study, scores: pd.DataFrame, manifest: Manifest, *, metric: str, pooling: str) -> pd.DataFrame:
    """Return the rate-quality points of a built study: a table of RATE_COLUMNS and `target_kbps`.

    A family is an upscaler, with codec and order where the study has several; a label is the rendition's height. A
    rendition at display height needs no upscaler and belongs to every family of its codec that encodes first.

    Raises:
        InputError: there are no renditions, no scores, or no such metric; says what to do.
    """
    _check(study, scores, metric, pooling)
    rates = manifest.bitrates()
    rows = scores[(scores["metric"] == metric) & (scores["pooling"] == pooling)]
    value = {
        (src, hrc): quality
        for src, hrc, quality in zip(rows["src"], rows["hrc"], rows["value"].astype(float), strict=True)
        if quality == quality and (src, hrc) in rates
    }
    members, names = _members(study), family_names(study)
    records = [
        (src.id, names[family], f"{rendition.height}p", rates[src.id, hrc], value[src.id, hrc], rendition.bitrate_kbps)
        for src in study.src
        for family, hrc, rendition in members
        if (src.id, hrc) in value
    ]
    table = pd.DataFrame(records, columns=[*RATE_COLUMNS, TARGET]).astype({TARGET: float})
    if table["family"].nunique() < 2:
        raise InputError(
            f"study '{study.id}'",
            f"has scores with a bitrate of {table['family'].nunique()} family of HRCs, two are needed",
            f"build it: qualab build {study.id}",
        )
    return table


def family_names(study: Study) -> dict[_Family, str]:
    """Return the families of a study with their names, in its order."""
    families = list(dict.fromkeys(family for family, _, _ in _members(study)))
    codecs, orders = ({family[place] for family in families} for place in (1, 2))
    return {
        family: " ".join(
            [
                family.upscaler,
                *([family.codec] if len(codecs) > 1 else []),
                *([family.order] if len(orders) > 1 and family.order == UPSCALE_FIRST else []),
            ]
        )
        for family in families
    }


def family_pairs(study: Study) -> list[tuple[str, str]]:
    """Return the pairs of families to compare, (anchor, test): those that differ in just one thing.

    Upscalers are held against the baseline and against swscale's others, codecs against the first one, and
    upscale-then-encode against encode-then-upscale.
    """
    names = family_names(study)
    codecs = list(dict.fromkeys(family.codec for family in names))
    baselines = {hrc.upscaler for hrc in study.hrcs if hrc.id == study.baseline} or {study.baseline}
    classic = [name for name in CLASSIC_UPSCALERS if name not in baselines]

    def is_pair(anchor: _Family, test: _Family) -> bool:
        differ = [place for place in range(3) if anchor[place] != test[place]]
        if len(differ) != 1:
            return False
        if differ == [0]:
            against_other = anchor.upscaler in classic and test.upscaler not in {*classic, *baselines}
            return anchor.upscaler in baselines or against_other
        return anchor.codec == codecs[0] if differ == [1] else anchor.order == ORDERS[0]

    pairs = [(anchor, test) for anchor, test in permutations(names, 2) if is_pair(anchor, test)]
    pairs.sort(key=lambda pair: pair[0].upscaler not in baselines)
    return [(names[anchor], names[test]) for anchor, test in pairs]


def _members(study: Study) -> list[tuple[_Family, str, Rendition]]:
    """Return every HRC with a rendition and its family; a shared one once for each family."""
    chains = [(hrc, rendition) for hrc in study.hrcs if (rendition := study.rendition_of(hrc))]
    members = [_Family(hrc.upscaler, rung.codec, hrc.order) for hrc, rung in chains if hrc.upscaler != NO_UPSCALER]
    families = list(dict.fromkeys(members))

    def of(hrc: Hrc, rendition: Rendition) -> Iterator[_Family]:
        if hrc.upscaler != NO_UPSCALER:
            yield _Family(hrc.upscaler, rendition.codec, hrc.order)
            return
        sharing = [family for family in families if (family.codec, family.order) == (rendition.codec, ENCODE_FIRST)]
        yield from sharing or [_Family(NO_UPSCALER, rendition.codec, ENCODE_FIRST)]

    return [(family, hrc.id, rendition) for hrc, rendition in chains for family in of(hrc, rendition)]


def _check(study: Study, scores: pd.DataFrame, metric: str, pooling: str) -> None:
    where = f"study '{study.id}'"
    if not any(study.rendition_of(hrc) for hrc in study.hrcs):
        hint = "create one with a ladder: qualab study create ID --template ladder"
        raise InputError(where, "has no renditions, so there is no bitrate to hold quality against", hint)
    if not study.src:
        raise InputError(where, "has no clips", f"add one with a reference: qualab clip add {study.id} FILE")
    if not any(src.reference for src in study.src):
        raise InputError(where, "has no clip with a reference to score", f"let viewers vote: qualab launch {study.id}")
    if scores.empty:
        raise InputError(where, "is not built yet", f"build it: qualab build {study.id}")
    if metric_row(metric).lower_is_better:
        raise InputError(f"metric '{metric}'", "is lower for a better picture", "choose one that rises with quality")
    counts = Counter(scores["metric"])
    if metric not in counts:
        known = "" if metric in METRICS else " (no metric is called so)"
        raise InputError(f"metric '{metric[:80]}'", f"has no scores in {where}{known}", nearest(metric, counts))
    poolings = set(scores.loc[scores["metric"] == metric, "pooling"])
    if pooling not in poolings:
        raise InputError(f"pooling '{pooling[:80]}'", f"has no scores of {metric}", nearest(pooling, poolings))
