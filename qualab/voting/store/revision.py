"""Whether a study's voting has changed since somebody looked: cheap to ask, however many votes there are."""

from sqlalchemy import func, select

from qualab.voting.store.engine import Database
from qualab.voting.store.launches import all_launches
from qualab.voting.store.schema import consents, launches, subjects, votes, withdrawals


def revision(database: Database, study_id: str) -> tuple[object, ...]:
    """Return values that change with every launch, close, viewer, consent, vote and withdrawal of a study.

    Rows are only ever added, so that their numbers tell.
    """
    subject_ids = select(subjects.c.id).select_from(subjects.join(launches)).where(launches.c.study_id == study_id)
    counts = [
        select(func.count()).select_from(table).where(table.c.subject_id.in_(subject_ids)).scalar_subquery()
        for table in (votes, consents, withdrawals)
    ]
    viewers = select(func.count()).select_from(subject_ids.subquery()).scalar_subquery()
    with database.reading() as connection:
        launch_states = [(launch.id, launch.closed_at) for launch in all_launches(connection, study_id)]
        return (*launch_states, *connection.execute(select(viewers, *counts)).one())
