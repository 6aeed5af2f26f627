"""Which votes are analysed: pairs of the study, as played, of viewers who stayed."""

import pandas as pd

from qualab.stats.eligible import eligible_votes
from qualab.stats.findings.summary import summarize
from qualab.study.tables import FOREIGN_VOTE_COLUMNS, VOTE_COLUMNS, empty
from qualab.study.terms import TRIAL_KINDS


def votes(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    fixed = {"subject": range(n), "src": "clip", "hrc_a": "bicubic", "hrc_b": "sr", "choice": "b"}
    return pd.DataFrame({**fixed, **columns})


def test_only_valid_answers_on_the_pairs_of_the_study_by_viewers_who_stayed_count() -> None:
    table = votes(
        kind=["test", "test", "test", *TRIAL_KINDS[1:]],
        valid=[True, False, True, *[True] * 5],
        voided=[False, False, True, *[False] * 5],
    )
    assert eligible_votes(table).index.tolist() == [0]
    assert summarize(eligible_votes(table))[0].n_votes == 1


def test_ones_and_zeros_of_a_database_mean_the_same() -> None:
    assert eligible_votes(votes(kind=["test"] * 3, valid=[1, 0, 1], voided=[0, 0, 1])).index.tolist() == [0]


def test_votes_without_these_columns_or_values_all_count() -> None:
    assert len(eligible_votes(votes(choice=["a", "b"]))) == 2
    assert len(eligible_votes(votes(kind=[None, "test"], valid=[None, True], voided=[None, False]))) == 2
    for columns in (VOTE_COLUMNS, FOREIGN_VOTE_COLUMNS):
        assert eligible_votes(empty(columns)).empty
