"""Answers of synthetic viewers, cast through the same door as those of real ones."""

import secrets

import pandas as pd

from qualab.store.votes import VoteStore


def answer_all(store: VoteStore, token: str, answers: pd.DataFrame) -> int:
    """Join by an invite and vote on every trial as `answers` (columns position, side, response_ms) says.

    Returns the number of votes saved.
    """
    session = store.join(token)
    planned = {int(row["position"]): row for row in answers.to_dict("records")}
    saved = 0
    while (trial := store.next_trial(session)) is not None:
        row = planned[trial.position]
        receipt = store.vote(
            session,
            trial.id,
            choice=row["side"],
            idempotency_key=secrets.token_hex(16),
            response_ms=int(row["response_ms"]),
            telemetry={},
        )
        saved += receipt.status == "saved"
    return saved
