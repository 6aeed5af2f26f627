"""The chapter of limitations: each stands there by a rule, so that none depends on who writes the report."""

from qualab.report.data import ReportData, viewers_in
from qualab.report.document import Points, Section
from qualab.report.gains import gain, main_vmaf
from qualab.report.limits_of_results import of_results
from qualab.report.numbers import signed
from qualab.report.viewing import latest
from qualab.stats.findings.wording import pluralize
from qualab.stats.objective.gains import NEG_OF
from qualab.study.families import METRICS

# ITU-T P.913 asks for 24 viewers in a controlled place, 35 in a public one.
_VIEWERS = 24
# Below five clips no statement about the population of clips is made.
_CLIPS = 5
_ENHANCED = 1.0
# The display that a model was trained for: its lines, and from how many of its heights it was seen.
_MODEL_DISPLAYS = {"vmaf": (1080, "three picture heights"), "vmaf_4k": (2160, "one and a half picture heights")}


def section(data: ReportData) -> Section:
    """Return the chapter of limitations that hold for this study."""
    limits = [*_of_votes(data), *of_results(data), *_of_clips(data), *_of_scores(data), *_of_weights(data)]
    return Section("limitations", "Limitations", (Points(tuple(limits)),))


def _of_votes(data: ReportData) -> list[str]:
    votes = data.votes_of(simulated=False)
    if votes.empty:
        return ["No viewer has voted. Metrics alone do not say what people prefer."]
    viewers = viewers_in(votes)
    limits = []
    if viewers < _VIEWERS:
        limits.append(
            f"{pluralize(viewers, 'viewer')} took part; {_VIEWERS} is the least that ITU-T P.913 asks for. Small"
            " groups swing: 5 of 6 and 20 of 24 are the same percentage and far from the same evidence."
        )
    if len(data.launches) > 1:
        limits.append(f"The votes were collected in {len(data.launches)} launches.")
    known = len(latest(data.viewing)) if len(data.viewing) else 0
    if known < viewers:
        limits.append(f"The screens of {viewers - known} of {pluralize(viewers, 'viewer')} are not known.")
    limits.append("Viewers' distance and light were not controlled, and are not part of these results.")
    return limits


def _of_clips(data: ReportData) -> list[str]:
    srcs, limits = data.study.src, list[str]()
    if not srcs:
        return limits
    if len(srcs) < _CLIPS:
        limits.append(
            f"The findings hold for the {pluralize(len(srcs), 'clip')} of this study (E1), not for other content."
            f" A statement about content at large needs at least {_CLIPS} clips."
        )
    blind = [src for src in srcs if not src.reference]
    if blind:
        limits.append(
            f"{pluralize(len(blind), 'clip')} of {len(srcs)} without a pristine reference: no VMAF, PSNR or SSIM exists"
            " there, and means of metrics leave them out."
        )
    return limits


def _of_scores(data: ReportData) -> list[str]:
    if data.scores.empty:
        return []
    limits = ["VMAF, PSNR and SSIM compare with a reference; none of them was fitted to super-resolution."]
    vmaf = main_vmaf(data)
    lines, distance = _MODEL_DISPLAYS[vmaf]
    if data.study.display_height != lines:
        limits.append(
            f"{METRICS[vmaf].title} models {lines} lines seen from {distance}; this study is shown at"
            f" {data.study.display_height} lines. Compare its VMAF within the study only."
        )
    for test in data.study.baselines():
        plain, neg = gain(data, vmaf, test), gain(data, NEG_OF.get(vmaf, vmaf), test)
        if len(plain) and len(neg) and plain.mean() - neg.mean() > _ENHANCED:
            limits.append(
                f"Part of what {test} gains in VMAF is enhancement: {signed(float(plain.mean()), 'vmaf')} with VMAF,"
                f" {signed(float(neg.mean()), 'vmaf')} with VMAF NEG ({pluralize(len(plain), 'clip')})."
            )
    return limits


def _of_weights(data: ReportData) -> list[str]:
    """Return what the weights in use learnt from, and which clips of the study they have seen."""
    used = {hrc.upscaler for hrc in data.study.hrcs}
    limits = []
    for card in (card for card in data.cards if card.id in used):
        names = [str(item.get("title") or item.get("name") or item.get("file") or "?") for item in card.material]
        if names:
            limits.append(f"The weights {card.id} were trained on {pluralize(len(names), 'clip')}: {'; '.join(names)}.")
        else:
            limits.append(f"The card of the weights {card.id} does not say what they were trained on.")
        known = {str(value) for item in card.material for value in item.values()}
        seen = [data.titles[src.id] for src in data.study.src if src.sha256 in known]
        if seen:
            limits.append(f"{card.id} was trained on {', '.join(seen)} of this study: its scores there flatter it.")
    return limits
