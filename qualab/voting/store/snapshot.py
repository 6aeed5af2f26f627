"""Everything the store knows of a study, read at one moment while viewers go on voting."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from qualab.voting.store.engine import Database
from qualab.voting.store.launches import all_launches
from qualab.voting.store.progress import condition_table, counts, vote_table
from qualab.voting.store.questionnaires import questionnaires
from qualab.voting.store.records import Launch, PlaybackHealth


@dataclass(frozen=True)
class Moment:
    """What analyses and reports are made of; all of it is as of the same transaction, so that counts agree.

    Attributes:
        votes: table of VOTE_COLUMNS.
        launches: oldest first.
        conditions: viewing conditions of every page load.
        questionnaires: what viewers said of themselves, one row each.
        playback: how the clips of real votes played, `health` of progress.
    """

    votes: pd.DataFrame
    launches: Sequence[Launch]
    conditions: pd.DataFrame
    questionnaires: pd.DataFrame
    playback: PlaybackHealth


def moment(database: Database, study_id: str) -> Moment:
    """Return what the store knows of a study now."""
    with database.reading() as connection:
        return Moment(
            votes=vote_table(connection, study_id),
            launches=all_launches(connection, study_id),
            conditions=condition_table(connection, study_id),
            questionnaires=questionnaires(connection, study_id),
            playback=counts(connection, study_id)["real"]["health"],
        )
