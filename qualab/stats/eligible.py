"""Which votes speak of the study: those on its own pairs, as played, by viewers who did not withdraw."""

import pandas as pd

from qualab.study.terms import TEST


def eligible_votes(votes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of kind "test" that are valid and not voided; a table without these columns stays as it is.

    Checks (training, gold, identical, repeat, trap) say what a viewer is like, so no preference is read from them.
    """
    keep = pd.Series(True, index=votes.index)
    if "kind" in votes:
        keep &= votes["kind"].fillna(TEST).eq(TEST)
    if "valid" in votes:
        keep &= votes["valid"].ne(False)
    if "voided" in votes:
        keep &= votes["voided"].ne(True)
    return votes[keep]
