"""The chapter of design: what was asked, how it was shown, and the rules, as frozen at launch."""

from collections.abc import Mapping
from typing import Any

from qualab.report.data import ReportData
from qualab.report.document import Block, Callout, Facts, Heading, Section
from qualab.stats.findings.wording import NONE, pluralize
from qualab.study.presentations import PRESENTATIONS
from qualab.study.protocol import Checks, Rules, Screening, Stopping
from qualab.study.terms import TEST
from qualab.voting.design import METHODS

_COMPARED = {
    "baseline": "each test HRC with its baseline",
    "all": "every HRC with every other",
    "balanced": "a balanced incomplete set of pairs for each clip",
}
_SIDES = (
    "Which HRC stands left is balanced over viewers and over every two clips of a viewer; the order of the pairs is"
    " drawn anew for each viewer, from the seed."
)


def section(data: ReportData) -> Section | None:
    """Return the chapter; None for a study that is not voted on. Before launch it tells what study.toml asks for."""
    if not data.study.voting.enabled:
        return None
    blocks: list[Block] = []
    if not data.launches:
        text = "The study is not launched: these are the settings of its study.toml, which may still change."
        blocks.append(Callout("note", "Not frozen yet", text))
    design = _design(data)
    blocks += [
        Facts(_settings(data, design)),
        Heading("Trials"),
        Facts(_trials(data, design)),
        Heading("Rules"),
        Facts(_rules(design)),
    ]
    return Section("design", "Design", tuple(blocks))


def _design(data: ReportData) -> Mapping[str, Any]:
    """Return the frozen design of the latest launch over the settings of study.toml."""
    settings = data.study.voting.model_dump(mode="json") | {"seed": data.study.seed}
    if not data.launches:
        return settings
    latest = data.launches[-1]
    return {**settings, **{name: latest.get(name) for name in ("method", "presentation")}, **latest.get("design", {})}


def _settings(data: ReportData, design: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    method, shown = METHODS.get(str(design["method"])), PRESENTATIONS.get(str(design["presentation"]))
    settings = (
        ("Question", f"“{design['question']}”"),
        ("Method", f"{method.title}. {method.reference[:1].upper()}{method.reference[1:]}." if method else ""),
        ("Presentation", f"{shown.title}." if shown else ""),
        ("Compared", _COMPARED.get(str(design["compare"]), str(design["compare"]))),
        ("Sides and order", _SIDES),
        ("Seed", str(design["seed"])),
    )
    given = {"Method": str(design["method"]), "Presentation": str(design["presentation"])}
    sha256 = tuple(("Design SHA-256", str(item["design_sha256"])) for item in data.launches[-1:])
    return tuple((name, text or given[name]) for name, text in settings) + sha256


def _trials(data: ReportData, design: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    checks = Checks(**design.get("checks") or {})
    n_pairs = (design.get("n_pairs") or {}).get(TEST) or len(data.study.src) * len(data.study.pairs())
    most = int(design.get("max_trials") or 0)
    each = min(n_pairs, most) if most else n_pairs
    named = ", ".join(f"{number} {name}" for name, number in checks.model_dump().items() if number)
    rows = [
        ("Pairs of the study", f"{pluralize(n_pairs, 'pair')} of {pluralize(len(data.study.src), 'clip')}"),
        ("Trials per viewer", f"{each} on pairs of the study" + (f", and checks: {named}" if named else ", no checks")),
    ]
    quota = int(design.get("votes_per_pair") or 0)
    if quota:
        rows.append(("Votes planned", f"{quota} on each pair, {n_pairs * quota:,} in all"))
    elif not data.launches:
        viewers = data.study.voting.viewers
        rows.append(("Trials planned", f"{viewers * each:,}: {each} of each of {pluralize(viewers, 'viewer')}"))
    for item in data.launches:
        opened, closed = str(item.get("created_at") or NONE), str(item.get("closed_at") or "still open")
        rows.append(
            ("Launched", f"{opened}; closed: {closed}; {pluralize(int(item.get('viewers') or 0), 'viewer')} voted")
        )
    return tuple(rows)


def _rules(design: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    rules, screening = Rules(**design.get("rules") or {}), Screening(**design.get("screening") or {})
    return (
        ("Playback", _playback(rules)),
        ("Screening", _screening(screening)),
        ("Stopping", _stopping(Stopping(**design.get("stopping") or {}))),
    )


def _playback(rules: Rules) -> str:
    size = f"; the window has at least {rules.min_width}×{rules.min_height} CSS pixels" if rules.min_width else ""
    scaled = "" if rules.allow_rescaling else ", the picture was rescaled"
    return (
        f"A trial is shown again where more than {rules.max_dropped_percent:g}% of frames were dropped, the page lost"
        f" focus more than {pluralize(rules.max_focus_losses, 'time')}{scaled}; after {rules.most_repeats} repeats the"
        f" answer is kept and marked invalid{size}."
    )


def _screening(rules: Screening) -> str:
    if not rules.enabled:
        return "Off: no viewer is left out."
    misses = "no miss in up to five, one in more" if rules.gold_misses is None else f"{rules.gold_misses} at most"
    reasons = [f"misses of gold pairs ({misses})"]
    reasons += ["a missed trap clip"] if rules.traps else []
    reasons += [f"a pull to one side at p <= {rules.side_alpha:g}"] if rules.side_alpha else []
    reasons += [f"fewer than {rules.least_repeats_agreed} repeats agreed"] if rules.least_repeats_agreed else []
    if rules.most_too_fast_percent < 100:
        reasons.append(f"more than {rules.most_too_fast_percent:g}% of answers within {rules.too_fast_ms} ms")
    return f"A viewer is left out for {'; '.join(reasons)}. No rule looks at what was preferred."


def _stopping(rules: Stopping) -> str:
    if not rules.enabled:
        return "None: the study runs until it is closed."
    return (
        f"It may end early once every pair's e-value over viewers has reached {1 / rules.alpha:g}, and not before"
        f" {pluralize(rules.least_viewers, 'viewer')} have answered."
    )
