"""What viewers said of themselves, as a table."""

import json

import pandas as pd
from sqlalchemy import Connection, select

from qualab.study.protocol import QUESTIONS
from qualab.voting.store.progress import subject_name
from qualab.voting.store.schema import consents, launches, subjects, withdrawals


def questionnaires(connection: Connection, study_id: str) -> pd.DataFrame:
    """Return one row a viewer who answered a questionnaire and did not withdraw: `subject`, a column a question.

    What was not asked is None; where a viewer was asked twice, the last answers stand.
    """
    query = (
        select(launches.c.id, subjects.c.number, consents.c.answers)
        .select_from(consents.join(subjects, subjects.c.id == consents.c.subject_id).join(launches))
        .where(launches.c.study_id == study_id, subjects.c.id.not_in(select(withdrawals.c.subject_id)))
        .order_by(consents.c.id)
    )
    answers_of = {subject_name(row.id, row.number): json.loads(row.answers) for row in connection.execute(query)}
    rows = [[subject, *(answers.get(name) for name in QUESTIONS)] for subject, answers in answers_of.items() if answers]
    return pd.DataFrame(rows, columns=["subject", *QUESTIONS], dtype=object)
