"""Which viewers are left out, by rules frozen before they came, and what the results are with and without them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from qualab.stats.eligible import eligible_votes
from qualab.stats.pairwise.preference import sign_flip
from qualab.stats.result import Result
from qualab.stats.screening import checks as checks_of_viewers
from qualab.stats.tally import check_filled
from qualab.study.protocol import Screening
from qualab.study.tables import CHECK_COLUMNS, VOTE_COLUMNS

_NO_RULES = Screening()


@dataclass(frozen=True)
class Rule:
    """One thing that is looked at of every viewer.

    `look` judges all viewers at once; `excludes` says whether rules leave out who fails it. No rule of this table sees
    which HRC a viewer preferred but `likelihood`, and that one excludes nobody.
    """

    id: str
    title: str
    meaning: str
    look: Callable[[checks_of_viewers.Responses], checks_of_viewers.CheckOutcome]
    excludes: Callable[[Screening], bool]


def _never(rules: Screening) -> bool:
    return False


RULES = {
    rule.id: rule
    for rule in (
        Rule(
            "gold",
            "Gold pairs",
            "Pairs with an obvious answer: none may be missed in up to five, one in more, unless the rules say how "
            "many.",
            checks_of_viewers.gold,
            lambda rules: True,
        ),
        Rule("traps", "Traps", "The picture says what to answer.", checks_of_viewers.traps, lambda rules: rules.traps),
        Rule(
            "identical",
            "Identical pairs",
            "One picture twice. Where ties can be chosen, a tie is right.",
            checks_of_viewers.identical,
            _never,
        ),
        Rule(
            "repeats",
            "Repeats",
            "Pairs shown again, sides changed: does the answer stay more often than not?",
            checks_of_viewers.repeats,
            lambda rules: rules.least_repeats_agreed > 0,
        ),
        Rule(
            "side",
            "Left and right",
            "Exact test of left against right over all decided answers to the study's pairs.",
            checks_of_viewers.side,
            lambda rules: rules.side_alpha > 0,
        ),
        Rule(
            "runs",
            "Same side in a row",
            "The longest run of one side, against what chance gives.",
            checks_of_viewers.runs,
            _never,
        ),
        Rule(
            "too-fast",
            "Too fast",
            "Answers sooner after the end of the playback than anybody can decide.",
            checks_of_viewers.too_fast,
            lambda rules: rules.most_too_fast_percent < 100,
        ),
        Rule(
            "usual-time",
            "Usual time",
            "The median response time lies within three MAD (log scale) of all viewers' medians.",
            checks_of_viewers.usual_time,
            _never,
        ),
        Rule(
            "likelihood",
            "Like the others",
            "How likely the votes are under a Bradley-Terry fit of all other viewers' votes. A taste of one's own is "
            "no fault: nobody is left out for it.",
            checks_of_viewers.likelihood,
            _never,
        ),
    )
}
"""What is looked at, by the rule's id in CHECK_COLUMNS."""


def check(answers: pd.DataFrame, rules: Screening = _NO_RULES) -> pd.DataFrame:
    """Return a table of CHECK_COLUMNS: each viewer's answers judged by each of RULES, in order of viewers' names.

    Answers after playback that broke a rule of the study count neither for nor against a viewer; viewers who withdrew
    are not judged.

    Args:
        answers: VOTE_COLUMNS with every kind of trial, of one side (real or simulated); or the columns of votes from
            elsewhere: what these do not tell is not judged.
        rules: as frozen at launch; without `enabled` nobody is left out.
    """
    given = _given(answers, rules)
    seen = [rule.look(given) for rule in RULES.values()]
    subjects, names = list(given.subjects), list(RULES)
    judged = [row for viewer in zip(*seen, strict=True) for row in viewer]
    excludes = [rules.enabled and rule.excludes(rules) for rule in RULES.values()]
    columns = {
        "subject": np.repeat(np.array(subjects, dtype=object), len(names)),
        "rule": np.tile(np.array(names, dtype=object), len(subjects)),
        "passed": pd.Series([passed for passed, _ in judged], dtype=object),
        "value": pd.Series([value for _, value in judged], dtype=object),
        "excludes": np.tile(np.array(excludes, dtype=bool), len(subjects)),
    }
    return pd.DataFrame(columns)[list(CHECK_COLUMNS)]


def excluded(checks: pd.DataFrame) -> list[str]:
    """Return who is left out, in order of names: viewers who failed a check that excludes."""
    failed = checks["passed"].eq(False) & checks["excludes"].eq(True)
    return list(dict.fromkeys(checks.loc[failed, "subject"]))


def without(answers: pd.DataFrame, left_out: list[str]) -> pd.DataFrame:
    """Return the answers of all viewers but those left out."""
    return answers[~answers["subject"].astype(str).isin(left_out)] if left_out else answers


def screening(
    answers: pd.DataFrame,
    *,
    alpha: float = 0.05,
    rules: Screening = _NO_RULES,
    pair: tuple[str, str] | None = None,
    checks: pd.DataFrame | None = None,
) -> Result:
    """Return `sign_flip` of one pair without the viewers whom the rules leave out, beside what all of them say.

    Effects: `n_excluded`, `n_subjects_all`, and `estimate_all`, `low_all`, `high_all`, `p_all` of everybody.

    Args:
        answers: as for `check`.
        rules: as frozen at launch.
        pair: which of several pairs.
        checks: what `check` returned for these answers, where it is there already.
    """
    left_out = excluded(check(answers, rules) if checks is None else checks)
    votes = eligible_votes(answers)
    if pair is not None:
        votes = votes[votes["hrc_a"].eq(pair[0]) & votes["hrc_b"].eq(pair[1])]
    every, kept = sign_flip(votes, alpha=alpha), sign_flip(without(votes, left_out), alpha=alpha)
    gone = every.n_subjects - kept.n_subjects
    sentence = (
        f"{gone} of {every.n_subjects} viewers left out by the rules frozen at launch" if gone else "nobody left out"
    )
    low, high = every.ci or (None, None)
    effects = {"n_excluded": float(gone), "n_subjects_all": float(every.n_subjects), "estimate_all": every.estimate}
    return replace(
        kept,
        analysis="screening",
        pair=every.pair,
        note="; ".join(part for part in (sentence, kept.note) if part),
        effects={**effects, "low_all": low, "high_all": high, "p_all": every.p_value},
    )


def _given(answers: pd.DataFrame, rules: Screening) -> checks_of_viewers.Responses:
    check_filled(answers)
    table = answers.reindex(columns=list(VOTE_COLUMNS))
    judged = table[table["valid"].ne(False) & table["voided"].ne(True)].reset_index(drop=True)
    codes, names = pd.factorize(judged["subject"].astype(str), sort=True)
    return checks_of_viewers.Responses(judged, [str(name) for name in names], codes, rules)
