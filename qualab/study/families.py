"""The tables of what a study.toml may name. A row that needs code names it as "package.module:ATTRIBUTE".

Light, so that forms, charts and `--help` read them without loading what measures.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TypeVar

from qualab.study.terms import APSNR, POOLINGS

Entry = TypeVar("Entry")

METHODS: Mapping[str, str] = MappingProxyType(
    {
        "forced-choice": "qualab.voting.design.methods.forced_choice:METHOD",
        "with-tie": "qualab.voting.design.methods.with_tie:METHOD",
        "ccr-7": "qualab.voting.design.methods.ccr_7:METHOD",
    }
)


@dataclass(frozen=True)
class Unit:
    """A unit as written, the decimals of a value in it, the range there can be, and the least span of an axis.

    `from_zero`: bars begin at zero, where differences in dB or SSIM would drown.
    """

    name: str = ""
    decimals: int = 2
    low: float = 0.0
    high: float = math.inf
    least_span: float = 0.0
    from_zero: bool = False


_SCORE_100 = Unit("score 0-100", 1, high=100.0, least_span=10.0, from_zero=True)
_SCORE_1 = Unit("score 0-1", 4, high=1.0, least_span=0.02)
_DB = Unit("dB", least_span=4.0)


@dataclass(frozen=True)
class MetricRow:
    """A metric as screens, charts and reports write it, and what measures it, as "package.module:ATTRIBUTE".

    `help` stands under the choice of metrics, `short` where a column has no room for `title`.
    """

    title: str
    unit: Unit
    measured_by: str
    help: str = ""
    short: str = ""
    lower_is_better: bool = False
    poolings: tuple[str, ...] = POOLINGS


# A qualab.metrics.metric.Metric each.
METRICS: Mapping[str, MetricRow] = {
    "vmaf": MetricRow(
        "VMAF v0.6.1",
        _SCORE_100,
        "qualab.metrics.vmaf:VMAF",
        "Netflix's trained score of perceived quality. Sharpening can raise it without a better picture: "
        "compare it with NEG.",
        "VMAF",
    ),
    "vmaf_neg": MetricRow(
        "VMAF v0.6.1 NEG",
        _SCORE_100,
        "qualab.metrics.vmaf:VMAF_NEG",
        "VMAF without credit for enhancement. Where it falls behind VMAF, the gain may be mere sharpening.",
        "NEG",
    ),
    "psnr_y": MetricRow(
        "PSNR-Y",
        _DB,
        "qualab.metrics.psnr:PSNR_Y",
        "Mean error of the luma, in decibels. Blind to what viewers notice, but hard to game.",
        poolings=(*POOLINGS, APSNR),
    ),
    "psnr": MetricRow(
        "PSNR",
        _DB,
        "qualab.metrics.psnr:PSNR",
        "Mean error of all three planes, in decibels.",
        poolings=(*POOLINGS, APSNR),
    ),
    "ssim": MetricRow(
        "SSIM",
        _SCORE_1,
        "qualab.metrics.ssim:SSIM",
        "Structural similarity of luma, chroma included by FFmpeg's weights.",
    ),
    "vmaf_v1": MetricRow("VMAF v1.0.16", _SCORE_100, "qualab.metrics.vmaf:VMAF_V1", short="VMAF v1"),
    "vmaf_4k": MetricRow("VMAF 4K v0.6.1", _SCORE_100, "qualab.metrics.vmaf:VMAF_4K", short="VMAF 4K"),
    "vmaf_4k_neg": MetricRow("VMAF 4K v0.6.1 NEG", _SCORE_100, "qualab.metrics.vmaf:VMAF_4K_NEG", short="NEG 4K"),
    "vmaf_phone": MetricRow("VMAF v0.6.1 phone", _SCORE_100, "qualab.metrics.vmaf:VMAF_PHONE"),
    "xpsnr": MetricRow("XPSNR", _DB, "qualab.metrics.xpsnr:XPSNR"),
    "vif": MetricRow("VIF", _SCORE_1, "qualab.metrics.vif:VIF"),
    "msad": MetricRow(
        "MSAD",
        Unit("share of the peak"),
        "qualab.metrics.msad:MSAD",
        "Mean absolute difference of samples: lower is better.",
        lower_is_better=True,
    ),
}

# What a distorted clip alone is like, never which of two is better: a qualab.metrics.diagnostic.Diagnostic each.
DIAGNOSTICS: Mapping[str, MetricRow] = {
    "si": MetricRow(
        "spatial information",
        Unit("code values"),
        "qualab.metrics.siti:SI",
        "Detail and edges in a picture (ITU-T P.910). Upscaling that invents edges raises it, and so does noise.",
    ),
    "ti": MetricRow(
        "temporal information",
        Unit("code values"),
        "qualab.metrics.siti:TI",
        "Change from one picture to the next (ITU-T P.910).",
    ),
    "cambi": MetricRow(
        "banding (CAMBI)",
        Unit("CAMBI"),
        "qualab.metrics.cambi:CAMBI",
        "Visible steps in what should be a smooth ramp.",
    ),
    "blur": MetricRow("blur", Unit("width in samples"), "qualab.metrics.blur:BLUR", "Width of edges: high is soft."),
    "blockiness": MetricRow(
        "blockiness",
        Unit("ratio"),
        "qualab.metrics.blockiness:BLOCKINESS",
        "Steps at the borders of coding blocks.",
    ),
    "flicker": MetricRow(
        "temporal flicker",
        Unit("code values"),
        "qualab.metrics.flicker:FLICKER",
        "Change of brightness from frame to frame that movement does not explain.",
    ),
}


def metric_row(name: str) -> MetricRow:
    """Return the row of a metric or diagnostic; of a name that is neither, one with the name as its title.

    >>> metric_row("psnr_y").title, metric_row("seen elsewhere").title
    ('PSNR-Y', 'seen elsewhere')
    """
    return METRICS.get(name) or DIAGNOSTICS.get(name) or MetricRow(name, Unit(), "")


def resolve(reference: str, kind: type[Entry]) -> Entry:
    """Return what a row's "package.module:ATTRIBUTE" names; it is imported only now.

    Raises:
        TypeError: what stands there is no `kind`.

    >>> resolve("qualab.study.protocol:LANGUAGES", tuple)
    ('en', 'de')
    """
    module, _, attribute = reference.partition(":")
    entry: object = getattr(import_module(module), attribute)
    if not isinstance(entry, kind):
        raise TypeError(f"{reference} is a {type(entry).__name__}, not a {kind.__name__}")
    return entry
