"""What `qualab analyze` prints: a table a pair, what it means in words, then clips, groups, scale and agreement."""

from collections.abc import Iterator, Sequence

from qualab.cli.terminal import show
from qualab.errors import one_line
from qualab.stats.analysis import Role
from qualab.stats.findings.advice import WATCHED, conclusions, next_step, quotable
from qualab.stats.findings.find import Findings
from qualab.stats.findings.roles import role_of
from qualab.stats.findings.wording import p_text, percent, percent_range, signed, signed_range
from qualab.stats.power.study_plan import StudyPlan
from qualab.stats.result import Result
from qualab.study.terms import ESTIMANDS

_ALL_CLIPS = (Role.HEADLINE, Role.GENERAL, Role.SENSITIVITY, Role.ORDER_EFFECT, Role.WATCHING)
_REMARKS = {
    Role.SENSITIVITY: " (check)",
    Role.ORDER_EFFECT: ": for the left one",
    Role.WATCHING: " (at any time)",
}
_NEEDED = ("clips", "viewers", "viewers needed on these clips", "clips needed with these viewers")
_NUMBERS = ("prefer the second", "interval", "p", "p (Holm)", "votes", "viewers", "clips")


def print_findings(title: str, findings: Sequence[Findings]) -> None:
    """Print what real votes say, then what simulated ones say, under a warning on every line."""
    for side in findings:
        mark = "SIMULATED: " if side.is_simulated else ""
        heading = f"SIMULATED, no real viewer voted: {title}" if side.is_simulated else title
        for line in _side(heading, side):
            print(mark + one_line(line))


def print_plan(plan: StudyPlan) -> None:
    """Print what a study needs, and what viewers x clips could find."""
    need = f"{plan.size} independent votes show a share of {plan.share:g} in {plan.power:.0%} of studies"
    print(f"{need} (exact power there {plan.power_at_size:.1%}, p <= {plan.alpha:g}).")
    rows = [
        ("clips", plan.n_clips),
        ("viewers", plan.n_viewers),
        ("votes on a pair of HRCs", plan.n_votes),
        ("design effect", None if plan.design_effect is None else f"{plan.design_effect:.3f}"),
        ("worth independent votes", None if plan.n_effective is None else f"{plan.n_effective:.1f}"),
        ("worth at most, with any number of viewers", plan.most_effective and f"{plan.most_effective:.1f}"),
        ("power", None if plan.power_expected is None else f"{plan.power_expected:.1%}"),
        ("viewers needed on these clips", plan.viewers_needed),
        ("clips needed with these viewers", plan.clips_needed),
        ("viewer-minutes", None if plan.viewer_minutes is None else f"{plan.viewer_minutes:.0f}"),
    ]
    assumptions = f"rho_subject {plan.rho_subject:.3g}, rho_clip {plan.rho_clip:.3g}"
    shown = [(name, value) for name, value in rows if value is not None or name in _NEEDED]
    numbers = [(name, "none is enough" if value is None else value) for name, value in shown]
    show(f"Plan ({assumptions})", ("", "number"), numbers, right=("number",))
    print(plan.why)
    for note in plan.notes:
        print(f"Note: {one_line(note)}.")


def _side(heading: str, side: Findings) -> Iterator[str]:
    pairs = list(dict.fromkeys(result.pair for result in side.results if result.pair))
    if not pairs:
        yield f"{heading}. Not enough votes: there are none yet."
        return
    if side.is_watched:
        yield WATCHED + " Close the voting for the results: qualab close STUDY"
    for pair in pairs:
        yield from _pair(f"{heading}: {pair[1]} against {pair[0]}", side, pair)
    _clips(side)
    _groups(side)
    yield from _scales(side)
    yield from _agreement(side)
    estimands = {result.estimand for result in side.results if result.estimate is not None}
    yield from (f"Estimand {estimand}: {ESTIMANDS[estimand]}." for estimand in sorted(estimands))


def _pair(heading: str, side: Findings, pair: tuple[str, str]) -> Iterator[str]:
    results = side.all(*_ALL_CLIPS, pair=pair, src=None, group=None)
    rows = [_row(result, _name(result)) for result in results if result.estimate is not None]
    if rows:
        show(one_line(heading), ("analysis", "estimand", *_NUMBERS), rows, right=_NUMBERS)
    else:
        yield heading
    sentences = [sentence for sentence in conclusions(side, pair) if sentence != WATCHED]
    yield from (f"- {sentence}" for sentence in sentences)
    step = next_step(side, pair)
    yield f"- Next: {step.step}. {step.why}"
    if not side.is_watched:
        yield f"To quote: {quotable(side, pair)}"


def _name(result: Result) -> str:
    role = role_of(result)
    return result.analysis + (_REMARKS.get(role, "") if role else "")


def _row(result: Result, name: str) -> tuple[object, ...]:
    counts = (result.n_votes, result.n_subjects, result.n_srcs)
    return (name, result.estimand, *_evidence(result), *counts)


def _evidence(result: Result) -> tuple[str, str, str, str]:
    return (percent(result.estimate), percent_range(result.ci), p_text(result.p_value), p_text(result.p_adjusted))


def _clips(side: Findings) -> None:
    results = [result for result in side.results if result.src is not None and result.pair]
    numbers = _NUMBERS[:-1]
    rows = [
        (" / ".join(result.pair or ()), result.src, result.analysis, *_evidence(result), *counts)
        for result in results
        for counts in [(result.n_votes, result.n_subjects)]
    ]
    if rows:
        show("Clip by clip (E1)", ("pair", "clip", "analysis", *numbers), rows, right=numbers)


def _groups(side: Findings) -> None:
    results = [result for result in side.all(Role.HEADLINE) if result.group is not None]
    rows = [(" / ".join(result.pair or ()), result.group, *_row(result, "")[2:], result.note) for result in results]
    if rows:
        show("By tag and by viewers (E1)", ("pair", "group", *_NUMBERS, "note"), rows, right=_NUMBERS)


def _scales(side: Findings) -> Iterator[str]:
    for result in side.all(Role.SCALE):
        if not result.scale:
            yield f"{result.analysis}: {result.note}"
            continue
        numbers = ("JOD", "interval", "log worth", "SE")
        rows = [
            (scaled.hrc, signed(scaled.jod), signed_range(scaled.jod_ci), signed(scaled.estimate, 4),
             f"{scaled.se:.4f}", "held back by a penalty" if scaled.is_penalised else "")
            for scaled in sorted(result.scale, key=lambda scaled: -scaled.estimate)
        ]  # fmt: skip
        show(f"Scale of all HRCs: {result.analysis} (E1)", ("HRC", *numbers, "note"), rows, right=numbers)
        effects = {name: value for name, value in result.effects.items() if value is not None}
        if effects:
            yield f"{result.analysis}: " + ", ".join(f"{name} {value:.4g}" for name, value in effects.items())
        if result.note:
            yield f"{result.analysis}: {result.note}"


def _agreement(side: Findings) -> Iterator[str]:
    results = side.all(Role.AGREEMENT)
    numbers = ("clips", "PLCC", "SROCC", "Kendall", "AUC DS", "AUC BW", "C0")

    def cells(result: Result) -> list[str]:
        names = ("plcc", "srocc", "kendall", "auc_ds", "auc_bw", "c0")
        values = (result.effects.get(name) for name in names)
        return ["" if value is None else f"{value:.3f}" for value in values]

    rows = [
        (" / ".join(result.pair or ()), (result.group or "").removeprefix("metric: "), result.n_srcs, *cells(result))
        for result in results
        if any(cells(result))
    ]
    if rows:
        show("Votes against metric differences (E2)", ("pair", "metric", *numbers), rows, right=numbers)
    yield from dict.fromkeys(f"agreement: {result.note}" for result in results if result.note)
