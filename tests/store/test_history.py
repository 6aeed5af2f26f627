"""Any sequence of joining, voting, repeating, reopening and closing keeps the promises made to viewers."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from qualab.errors import InputError
from qualab.store.votes import OutOfOrder, StudyClosed, VoteStore, open_store
from qualab.tables import TRIAL_COLUMNS

VIEWERS, CLIPS = 3, 4
SIDES = st.sampled_from(["left", "right"])
VIEWER = st.integers(0, VIEWERS - 1)


class Voting(RuleBasedStateMachine):
    """The store beside a dictionary of what was promised."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.url = f"sqlite:///{Path(self.folder.name) / 'q.db'}"
        self.store: VoteStore = open_store(self.url)
        rows = [(v + 1, c + 1, f"c{c}", "a", "b", "ab"[(v + c) % 2]) for v in range(VIEWERS) for c in range(CLIPS)]
        self.tokens = self.store.launch("demo", {"seed": 1}, pd.DataFrame(rows, columns=list(TRIAL_COLUMNS)))
        self.secrets = [self.store.join(token) for token in self.tokens]
        self.promised: dict[int, tuple[int, str]] = {}
        self.is_open = True

    def send(self, viewer: int, trial_id: int, choice: str, key: str) -> str:
        receipt = self.store.vote(
            self.secrets[viewer],
            trial_id,
            choice=choice,  # type: ignore[arg-type]
            idempotency_key=key,
            response_ms=1,
            telemetry={},
        )
        if receipt.status != "saved":
            assert self.promised[trial_id] == (viewer, receipt.choice_stored)
        return receipt.status

    @rule(viewer=VIEWER, choice=SIDES)
    def vote(self, viewer: int, choice: str) -> None:
        trial = self.store.next_trial(self.secrets[viewer])
        done = [trial_id for trial_id, (by, _) in self.promised.items() if by == viewer]
        if trial is None:
            assert not self.is_open or len(done) == CLIPS
            return
        assert trial.position == len(done) + 1
        assert self.send(viewer, trial.id, choice, f"{trial.id}-{choice}") == "saved"
        self.promised[trial.id] = (viewer, choice)

    @precondition(lambda self: self.promised)
    @rule(choice=SIDES, data=st.data())
    def send_again(self, choice: str, data: st.DataObject) -> None:
        trial_id = data.draw(st.sampled_from(sorted(self.promised)))
        viewer, first = self.promised[trial_id]
        status = self.send(viewer, trial_id, choice, f"{trial_id}-{choice}")
        assert status == ("repeated" if choice == first else "already-voted")

    @rule(viewer=VIEWER, trial_id=st.integers(1, VIEWERS * CLIPS), choice=SIDES)
    def skip_ahead(self, viewer: int, trial_id: int, choice: str) -> None:
        trial = self.store.next_trial(self.secrets[viewer])
        if trial_id in self.promised or (trial is not None and trial.id == trial_id):
            return
        with pytest.raises((OutOfOrder, StudyClosed)):
            self.send(viewer, trial_id, choice, "skip")

    @rule(viewer=VIEWER)
    def change_device(self, viewer: int) -> None:
        if self.is_open:
            self.secrets[viewer] = self.store.join(self.tokens[viewer])

    @rule()
    def reopen(self) -> None:
        self.store.close_connections()
        self.store = open_store(self.url)

    @precondition(lambda self: len(self.promised) > 3)
    @rule()
    def close(self) -> None:
        if self.is_open:
            self.store.close("demo")
            self.is_open = False
        else:
            with pytest.raises(InputError):
                self.store.close("demo")

    @invariant()
    def rows_are_exactly_what_was_promised(self) -> None:
        votes = self.store.votes("demo")
        assert len(votes) == len(self.promised)
        assert not votes.duplicated(["subject", "src"]).any()
        assert self.store.progress("demo")["real"]["votes"] == len(self.promised)

    def teardown(self) -> None:
        self.store.close_connections()
        self.folder.cleanup()


Voting.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestVoting = Voting.TestCase
