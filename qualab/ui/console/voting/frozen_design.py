"""How viewers are asked, in words: of a study.toml or of a frozen design."""

import streamlit as st

from qualab.study.presentations import PRESENTATIONS
from qualab.study.protocol import Rules, Voting
from qualab.ui.console.voting.rules import left_out_by, may_end_early
from qualab.ui.markdown import escape_markdown
from qualab.voting.design import METHODS
from qualab.voting.design.frozen import Design

LANGUAGE_NAMES = {"en": "English", "de": "German"}
QUESTION_NAMES = {
    "age": "Age band",
    "vision": "Vision (glasses, colour vision)",
    "screen": "Kind of screen",
    "distance": "Distance from the screen",
}
COMPARE_NAMES = {
    "baseline": "Each HRC against its baseline",
    "all": "All HRCs with each other",
    "balanced": "A balanced part of all pairs (incomplete block design)",
}
CHECK_NAMES = {
    "training": ("Training pairs", "Come first, have an obvious answer, and tell whether it was found."),
    "gold": ("Gold pairs", "The answer is obvious; who misses them is noted."),
    "identical": ("Identical pairs", "The same picture twice: who may answer that there is no difference should."),
    "repeats": ("Repeated pairs", "Shown before, now with the sides changed: does the answer stay?"),
    "traps": ("Traps", "The picture says which answer to give."),
}


def in_short(voting: Voting) -> None:
    """Show in a line or two what a launch would ask."""
    settings = _settings(voting)
    parts = [settings[name] for name in ("Method", "Presentation", "Language")]
    st.markdown(f"**{escape_markdown(voting.question)}** {escape_markdown(' · '.join(parts))}")
    names = ("Checks of a viewer", "Consent and questions", "Completion code")
    st.caption(escape_markdown(" · ".join(f"{name}: {settings[name]}" for name in names)))


def frozen(design: Design) -> None:
    """Show what the launch has frozen."""
    with st.expander("What was frozen at the launch", icon=":material/ac_unit:"):
        settings = _settings(design)
        st.markdown("\n".join(f"- {title}: **{escape_markdown(value)}**" for title, value in settings.items()))
        if consent := design.consent:
            st.caption("Consent text")
            st.code(consent, language=None, wrap_lines=True)


def _settings(voting: Voting | Design) -> dict[str, str]:
    method, presentation = voting.method, voting.presentation
    checks = {name: count for name, count in voting.checks.model_dump().items() if count and name in CHECK_NAMES}
    questions = ["consent"] * bool(voting.consent)
    questions += [QUESTION_NAMES.get(name, name).lower() for name in voting.questionnaire]
    return {
        "Question": voting.question,
        "Method": METHODS[method].title if method in METHODS else method,
        "Presentation": PRESENTATIONS[presentation].title if presentation in PRESENTATIONS else presentation,
        "Language": LANGUAGE_NAMES.get(voting.language, voting.language),
        "Pairs of a clip": COMPARE_NAMES.get(voting.compare, voting.compare),
        "Checks of a viewer": ", ".join(f"{CHECK_NAMES[name][0].lower()} {n}" for name, n in checks.items()) or "none",
        "Shown again": _rules(voting.rules),
        "Left out": " or ".join(left_out_by(voting.screening)) or "nobody",
        "May end early": may_end_early(voting.stopping),
        "Reasons to tick": ", ".join(voting.reasons) or "none",
        "Comments": "may be written" if voting.comments else "none",
        "Consent and questions": ", ".join(questions) or "none",
        "Completion code": voting.completion_code or "none",
    }


def _rules(rules: Rules) -> str:
    """Return in words when a comparison is shown again."""
    conditions = [f"more than {rules.max_dropped_percent:g}% of frames dropped"]
    losses = rules.max_focus_losses
    conditions.append(f"focus lost more than {losses} times" if losses else "focus lost")
    if not rules.allow_rescaling:
        conditions.append("pictures rescaled")
    if rules.min_width or rules.min_height:
        conditions.append(f"window below {rules.min_width} × {rules.min_height}")
    return "; ".join(conditions)
