"""Limitations that follow from what the analyses of the real votes found: each by a rule."""

from collections.abc import Iterator

from qualab.report.data import ReportData
from qualab.stats.analysis import Role
from qualab.stats.findings.find import Findings
from qualab.stats.findings.roles import title_of
from qualab.stats.findings.wording import p_phrase, p_text, percent, pluralize
from qualab.stats.objective.agreement import LEAST_CLIPS
from qualab.stats.result import Result

_MANY_TIES = 0.25


def of_results(data: ReportData) -> list[str]:
    """Return what the results of the real votes do not support."""
    findings = data.findings_of(simulated=False)
    if findings is None or not any(row.n_votes for row in findings.results):
        return []
    if findings.is_watched:
        return [
            "The study is still open: numbers that hold only at its end are not told, and those told may still move."
        ]
    rules = (_reach, _sides, _ties, _scales, _metrics, _left_out)
    return [text for rule in rules for text in rule(data, findings)]


def _overall(findings: Findings, role: Role) -> list[Result]:
    return [row for row in findings.all(role, src=None, group=None) if row.pair]


def _reach(data: ReportData, findings: Findings) -> Iterator[str]:
    """Yield where a preference speaks of these clips alone."""
    crossed = {row.pair: row for row in _overall(findings, Role.GENERAL)}
    only = []
    for row in _overall(findings, Role.HEADLINE):
        beyond = crossed.get(row.pair)
        is_here = row.claim_p is not None and row.claim_p <= row.alpha
        is_beyond = beyond is not None and beyond.claim_p is not None and beyond.claim_p <= beyond.alpha
        if is_here and not is_beyond and row.pair:
            only.append(f"{row.pair[1]} against {row.pair[0]}")
    if only:
        yield f"Shown for these clips (E1) and not for clips like these (E2): {_listed(only)}."
    unsaid = [row for row in crossed.values() if row.estimate is None or row.ci is None]
    if unsaid and len(data.study.src) >= 5:
        yield f"Of clips at large nothing is said of {pluralize(len(unsaid), 'pair')}: {unsaid[0].note}."
    weak = [row for row in _overall(findings, Role.HEADLINE) if not row.is_reachable and row.n_votes]
    if weak:
        yield f"{pluralize(len(weak), 'pair')} had so few viewers that no result could have shown a preference."


def _sides(data: ReportData, findings: Findings) -> Iterator[str]:
    row = findings.one(Role.ORDER_EFFECT, pair=None) or next(iter(_overall(findings, Role.ORDER_EFFECT)), None)
    if row is not None and row.p_value is not None and row.estimate is not None and row.p_value <= row.alpha:
        side, share = ("left", row.estimate) if row.estimate > 0.5 else ("right", 1 - row.estimate)
        yield (
            f"Viewers leaned to the {side}: {percent(share)} of the decided votes ({p_phrase(row.p_value)}, interval"
            " in Results). Sides were balanced, so this blurs preferences and hardly moves them."
        )


def _ties(data: ReportData, findings: Findings) -> Iterator[str]:
    rows = _overall(findings, Role.HEADLINE)
    n_votes, n_tie = sum(row.n_votes for row in rows), sum(row.counts.get("n_tie", 0) for row in rows)
    if n_votes and n_tie / n_votes >= _MANY_TIES:
        yield (
            f"{n_tie:,} of {pluralize(n_votes, 'vote')} ({percent(n_tie / n_votes)}) were ties: a share in which a tie"
            " counts half is drawn towards 50%."
        )


def _scales(data: ReportData, findings: Findings) -> Iterator[str]:
    for row in findings.all(Role.SCALE, pair=None, src=None, group=None):
        if not row.scale:
            continue
        held = [scaled.hrc for scaled in row.scale if scaled.is_penalised]
        if held:
            yield f"{_listed(held)} never won or never lost: a penalty, not votes, says how far off it stands."
        fit = row.effects.get("deviance_p")
        if fit is not None and fit <= row.alpha:
            yield (
                f"The votes depart from one scale of all HRCs ({title_of(row)}, p of the fit"
                f" {p_text(fit)}, n = {pluralize(row.n_votes, 'vote')}): read pairs one by one."
            )
        order, error = row.effects.get("order_effect"), row.effects.get("order_effect_se")
        if order is not None and error and abs(order) > 1.96 * error:
            yield "On the scale sides mattered: the HRC shown left was preferred more or less often than it is worth."


def _metrics(data: ReportData, findings: Findings) -> Iterator[str]:
    rows = findings.all(Role.AGREEMENT)
    if rows and all(row.n_srcs < LEAST_CLIPS for row in rows):
        most = max(row.n_srcs for row in rows)
        yield f"{pluralize(most, 'clip')} with votes and scores: too few for a correlation of metrics and votes."


def _left_out(data: ReportData, findings: Findings) -> Iterator[str]:
    gone = max((int(row.effects.get("n_excluded") or 0) for row in findings.all(Role.SCREENING)), default=0)
    if gone:
        yield f"{pluralize(gone, 'viewer')} left out by rules frozen at launch; Screening tells the results with all."


def _listed(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
