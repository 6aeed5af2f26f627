"""Who is left out and when a study may end early: as fields of the form, and in words."""

from collections.abc import Iterator
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from qualab.study.protocol import Screening, Stopping

_USUAL = "None in up to five, one in more"
_MOST_GOLD_MISSES = 20


def left_out_by(rules: Screening) -> list[str]:
    """Return in words who is left out, a phrase a rule; empty where nobody is.

    >>> left_out_by(Screening(gold_misses=1, traps=False))
    ['misses more than 1 gold pair']
    """
    if not rules.enabled:
        return []
    misses = rules.gold_misses
    usual = "misses a gold pair (two, of six or more)"
    more = f"misses more than {misses} gold pair{'s' * (misses != 1)}" if misses else "misses a gold pair"
    reasons = [usual if misses is None else more]
    reasons += ["misses a trap"] * rules.traps
    reasons += [f"prefers a side at p ≤ {rules.side_alpha:g}"] * (rules.side_alpha > 0)
    least = rules.least_repeats_agreed
    reasons += [f"answers fewer than {least} repeats the same"] * (least > 0)
    share = rules.most_too_fast_percent
    reasons += [f"gives more than {share:g}% of answers within {rules.too_fast_ms} ms"] * (share < 100)
    return reasons


def may_end_early(rule: Stopping) -> str:
    """Return the stopping rule in words."""
    if not rule.enabled:
        return "no"
    viewers = f"{rule.least_viewers} viewer{'s' * (rule.least_viewers != 1)}"
    return f"once every pair has reached E ≥ {1 / rule.alpha:g} with at least {viewers}"


def screening_fields(rules: Screening, places: Iterator[DeltaGenerator]) -> Screening:
    """Show who is left out as fields, and return what they say."""
    choices = [None, *range(_MOST_GOLD_MISSES + 1)]
    enabled = st.toggle(
        "Leave viewers out by rules", rules.enabled, help="Off: all checks are shown, and everybody counts."
    )
    misses = next(places).selectbox(
        "Gold pairs that may be missed",
        choices,
        choices.index(rules.gold_misses),
        format_func=lambda most: _USUAL if most is None else str(most),
    )
    bounds = _bounds(rules, places)
    traps = st.toggle("Leave out who misses a trap", rules.traps)
    return Screening(enabled=enabled, gold_misses=misses, traps=traps, **bounds)


def _bounds(rules: Screening, places: Iterator[DeltaGenerator]) -> dict[str, Any]:
    """Show the rules that leave nobody out until they are given a bound."""
    return {
        "least_repeats_agreed": next(places).number_input(
            "Repeats to answer the same, at least", 0, 20, rules.least_repeats_agreed, help="0: shown only."
        ),
        "side_alpha": next(places).number_input(
            "Left against right: leave out at p ≤",
            0.0,
            1 - 1e-9,
            float(rules.side_alpha),
            0.001,
            format="%.3f",
            help="Exact test over all decided answers. 0: shown only.",
        ),
        "too_fast_ms": next(places).number_input(
            "Too fast: under … ms after the end", 0, 60_000, rules.too_fast_ms, help="Of the playback."
        ),
        "most_too_fast_percent": next(places).number_input(
            "Leave out who is too fast in more than … %",
            0.0,
            100.0,
            float(rules.most_too_fast_percent),
            5.0,
            format="%.0f",
            help="100: shown only.",
        ),
    }


def stopping_fields(rule: Stopping, places: Iterator[DeltaGenerator]) -> Stopping:
    """Show when a study may end early as fields, and return what they say."""
    enabled = st.toggle(
        "May end early",
        rule.enabled,
        help="By evidence that may be looked at after every viewer (e-values). Off: the numbers are shown, no advice.",
    )
    error = next(places).number_input(
        "False alarms allowed, %",
        1e-9,
        100 - 1e-9,
        # A twelve-digit number: 100 * 0.07 is none that people write.
        float(f"{100 * rule.alpha:.12g}"),
        1.0,
        format="%g",
        help="5: every pair must reach E ≥ 20.",
    )
    least = next(places).number_input("Viewers before that, at least", 1, 100_000, rule.least_viewers)
    return Stopping(enabled=enabled, alpha=float(f"{error / 100:.12g}"), least_viewers=least)
