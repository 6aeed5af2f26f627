"""Any sequence of what viewers and the console may do keeps the promises made to viewers."""

import itertools
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from qualab.errors import InputError
from qualab.study.tables import TRIAL_COLUMNS
from qualab.voting.store.answer import Answer
from qualab.voting.store.backup import copy_rows
from qualab.voting.store.votes import OutOfOrder, StudyClosed, VoteStore, Withdrawn, open_store

VIEWERS, CLIPS, REPEATS = 3, 4, 1
SIDES = st.sampled_from(["left", "right", "tie"])
VIEWER = st.integers(0, VIEWERS - 1)
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Moment:
    """Where the votes lay at a time, and what was promised by then."""

    url: str
    secrets: list[str]
    promised: dict[int, tuple[int, str, int]]
    again: int
    withdrawn: set[int]
    is_open: bool
    votes: pd.DataFrame


class Voting(RuleBasedStateMachine):
    """The store beside a dictionary of what was promised; each run is a study of its own."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.study = url, f"study-{next(NUMBERS)}"
        self.store: VoteStore = open_store(url)
        rows = [
            (v + 1, c + 1, f"c{c}", "a", "b", "ab"[(v + c) % 2], "test") for v in range(VIEWERS) for c in range(CLIPS)
        ]
        self.tokens = self.store.launch(self.study, {"seed": 1}, pd.DataFrame(rows, columns=list(TRIAL_COLUMNS)))
        self.secrets = [self.store.join(token) for token in self.tokens]
        self.promised: dict[int, tuple[int, str, int]] = {}
        self.again = 0
        self.withdrawn: set[int] = set()
        self.is_open = True
        self.folder = Path(tempfile.mkdtemp())
        self.backups: list[Moment] = []

    def moment(self, url: str) -> Moment:
        """Return the state of now, for the votes at `url`."""
        kept = (list(self.secrets), dict(self.promised), self.again, set(self.withdrawn), self.is_open)
        return Moment(url, *kept, self.store.votes(self.study))

    def go_to(self, then: Moment) -> None:
        """Go on where the votes and promises are those of another moment."""
        self.store.close_connections()
        self.url, self.store = then.url, open_store(then.url)
        self.secrets, self.promised, self.again = list(then.secrets), dict(then.promised), then.again
        self.withdrawn, self.is_open = set(then.withdrawn), then.is_open

    def send(self, viewer: int, trial_id: int, choice: str, attempt: int, invalid: str | None = None) -> str:
        fields = {"choice": choice, "idempotency_key": f"{trial_id}-{choice}", "response_ms": 1, "telemetry": {}}
        answer = Answer(attempt=attempt, **fields)
        receipt = self.store.vote(self.secrets[viewer], trial_id, answer, invalid=invalid, most_repeats=REPEATS)
        if receipt.status in ("repeated", "already-voted"):
            assert self.promised[trial_id][:2] == (viewer, receipt.choice_stored)
        return receipt.status

    def done(self, viewer: int) -> int:
        return sum(by == viewer for by, _, _ in self.promised.values())

    @rule(viewer=VIEWER, choice=SIDES, invalid=st.sampled_from([None, None, "dropped"]))
    def vote(self, viewer: int, choice: str, invalid: str | None) -> None:
        trial = self.store.next_trial(self.secrets[viewer])
        if trial is None:
            assert not self.is_open or viewer in self.withdrawn or self.done(viewer) == CLIPS
            return
        assert trial.position == self.done(viewer) + 1
        for step in ("ready", "played"):
            self.store.step(self.secrets[viewer], trial.id, trial.attempt, step, {})
        status = self.send(viewer, trial.id, choice, trial.attempt, invalid=invalid)
        assert status == ("again" if invalid and trial.attempt <= REPEATS else "saved")
        if status == "saved":
            self.promised[trial.id] = (viewer, choice, trial.attempt)
        else:
            self.again += 1

    @precondition(lambda self: self.promised)
    @rule(choice=SIDES, data=st.data())
    def send_again(self, choice: str, data: st.DataObject) -> None:
        trial_id = data.draw(st.sampled_from(sorted(self.promised)))
        viewer, first, attempt = self.promised[trial_id]
        status = self.send(viewer, trial_id, choice, attempt)
        assert status == ("repeated" if choice == first else "already-voted")

    @rule(viewer=VIEWER, other=VIEWER, choice=SIDES)
    def skip_ahead(self, viewer: int, other: int, choice: str) -> None:
        ahead = self.store.following_trial(self.secrets[other])
        if ahead is not None:
            with pytest.raises((OutOfOrder, StudyClosed, Withdrawn)):
                self.send(viewer, ahead.id, choice, 1)

    @rule(viewer=VIEWER)
    def change_device(self, viewer: int) -> None:
        if self.is_open:
            self.secrets[viewer] = self.store.join(self.tokens[viewer])

    @rule()
    def come_back(self) -> None:
        self.store.close_connections()
        self.store = open_store(self.url)

    @rule()
    def close_or_reopen(self) -> None:
        change, refused = (
            (self.store.close, self.store.reopen) if self.is_open else (self.store.reopen, self.store.close)
        )
        with pytest.raises(InputError):
            refused(self.study)
        change(self.study)
        self.is_open = not self.is_open

    @rule()
    def back_up(self) -> None:
        path = self.folder / f"backup-{len(self.backups)}.db"
        copy_rows(self.store.database, path, study_id=self.study)
        self.backups.append(self.moment(str(path)))

    @precondition(lambda self: self.backups)
    @rule(viewer=VIEWER, choice=SIDES, data=st.data())
    def restore(self, viewer: int, choice: str, data: st.DataObject) -> None:
        """Go on from a backup; where votes lie on a server, for one vote, and then back to the server."""
        then, here = data.draw(st.sampled_from(self.backups)), self.moment(self.url)
        path = shutil.copy(then.url, self.folder / f"restored-{next(NUMBERS)}.db")
        self.go_to(replace(then, url=f"sqlite:///{path}"))
        pd.testing.assert_frame_equal(self.store.votes(self.study), then.votes)
        self.rows_are_exactly_what_was_promised()
        for trial_id, (by, first, attempt) in then.promised.items():
            assert self.send(by, trial_id, first, attempt) == "repeated"
        with pytest.raises(IntegrityError, match="append-only"), self.store.database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM trials")
        self.vote(viewer, choice, None)
        self.rows_are_exactly_what_was_promised()
        if here.url.startswith("postgresql"):
            self.go_to(here)

    @precondition(lambda self: len(self.promised) > 3)
    @rule(viewer=VIEWER)
    def withdraw(self, viewer: int) -> None:
        voided = self.store.withdraw(self.secrets[viewer], "no more")
        assert voided == (0 if viewer in self.withdrawn else self.done(viewer))
        self.withdrawn.add(viewer)

    @invariant()
    def rows_are_exactly_what_was_promised(self) -> None:
        votes = self.store.votes(self.study)
        assert len(votes) == len(self.promised)
        assert not votes.duplicated(["subject", "src"]).any()
        assert votes["voided"].sum() == sum(by in self.withdrawn for by, _, _ in self.promised.values())
        found = self.store.progress(self.study)["real"]
        assert (found["votes"], found["invalid"]) == (len(self.promised), self.again)
        assert self.store.verify(self.study) == []

    def teardown(self) -> None:
        self.store.close_connections()
        shutil.rmtree(self.folder)


def test_promises_hold_in_every_history(url: str) -> None:
    short = settings(max_examples=12, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(lambda: Voting(url), settings=short)  # type: ignore[no-untyped-call]
