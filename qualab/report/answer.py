"""The first chapter: the question and, in three lines a pair, what is known."""

from qualab.report.data import ReportData
from qualab.report.document import Answer, Block, Callout, Paragraph, Points, Section
from qualab.report.gains import gain, main_vmaf, sharper_not_closer
from qualab.report.numbers import signed
from qualab.report.rate import answers
from qualab.stats.analysis import Role
from qualab.stats.findings.advice import WATCHED, next_step
from qualab.stats.findings.conclusion import conclusion
from qualab.stats.findings.wording import MINUS, pluralize
from qualab.stats.result import Result

_QUESTION = "Is super-resolution worth it here?"
_MOST_ANSWERS = 8


def section(data: ReportData) -> Section:
    """Return the chapter that answers the study's question, or says what is missing for an answer."""
    saved = [] if data.study.voting.enabled else answers(data)
    if saved:
        return Section("answer", _QUESTION, (Points(tuple(saved)), Paragraph(_limits(data))))
    real = data.findings_of(simulated=False)
    still = [Callout("caution", "Viewers may still vote", WATCHED)] if real and real.is_watched else []
    pairs = data.study.pairs() or [(base, test) for test, base in data.study.baselines().items()]
    answered = pairs[:_MOST_ANSWERS]
    blocks: list[Block] = [*still, *(_answer(data, base, test) for base, test in answered), Paragraph(_limits(data))]
    if len(pairs) > len(answered):
        text = f"{len(pairs) - len(answered)} more HRCs are held against a baseline: the chapters below have them all."
        blocks.insert(len(blocks) - 1, Paragraph(text))
    if not pairs:
        blocks.append(
            Callout(
                "caution",
                "Nothing to compare",
                f"The study holds no HRC besides its baseline {data.study.baseline}; add one to study.toml.",
            )
        )
    return Section("answer", _QUESTION, tuple(blocks))


def overall(data: ReportData, pair: tuple[str, str]) -> Result | None:
    """Return the real votes' result for a pair over all clips: the claim, or what holds while viewers vote."""
    findings = data.findings_of(simulated=False)
    if findings is None:
        return None
    return findings.one(Role.WATCHING if findings.is_watched else Role.HEADLINE, pair=pair)


def _answer(data: ReportData, base: str, test: str) -> Answer:
    question = f"{test} against {base}"
    lines = (
        ("Viewers", _viewers(data, (base, test))),
        ("VMAF", _vmaf(data, test)),
        ("Next", _next(data, (base, test))),
    )
    return Answer(question, tuple((name, text) for name, text in lines if text))


def _viewers(data: ReportData, pair: tuple[str, str]) -> str:
    result = overall(data, pair)
    if result is None:
        return "No vote has been cast yet, so nothing is known about what viewers prefer."
    return conclusion(result)


def _next(data: ReportData, pair: tuple[str, str]) -> str:
    """Return what would help most; nothing for a study that is not voted on."""
    findings = data.findings_of(simulated=False)
    if findings is None or not data.study.voting.enabled or overall(data, pair) is None:
        return ""
    step = next_step(findings, pair)
    return f"{step.step[:1].upper()}{step.step[1:]}. {step.why}"


def _vmaf(data: ReportData, test: str) -> str:
    gains = gain(data, main_vmaf(data), test)
    if gains.empty:
        with_reference = sum(src.reference for src in data.study.src)
        if not with_reference:
            return "No clip of this study has a reference, so VMAF cannot be measured: only viewers can judge."
        return f"Not measured yet on the {pluralize(with_reference, 'clip')} with a reference."
    mean = signed(float(gains.mean()), "vmaf")
    way = f"rose by {mean[1:]} points" if mean[0] == "+" else f"fell by {mean[1:]} points"
    text = f"VMAF {way if mean[0] in f'+{MINUS}' else 'stayed the same'}"
    if len(gains) == 1:
        text += " on the one clip with a reference (n = 1)."
    else:
        least, most = signed(float(gains.min()), "vmaf"), signed(float(gains.max()), "vmaf")
        text += f" on average over {len(gains)} clips with a reference (from {least} to {most})."
    doubtful = sharper_not_closer(data, test)
    if doubtful:
        text += f" On {len(doubtful)} of {len(gains)} PSNR-Y fell at the same time."
    return text


def _limits(data: ReportData) -> str:
    srcs = data.study.src
    if not srcs:
        return "The study holds no clips yet."
    blind = sum(not src.reference for src in srcs)
    parts = [
        f"This speaks of {pluralize(len(srcs), 'clip')}" + (f", {blind} of them without a reference" if blind else "")
    ]
    if any(flag for _, flag in data.results):
        parts.append("simulated votes are shown apart and count for nothing here")
    return "; ".join(parts) + ". See Limitations."
