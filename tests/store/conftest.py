"""A store in a fresh folder, and trial lists small enough to read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from qualab.store.votes import Receipt, VoteStore, open_store
from qualab.tables import TRIAL_COLUMNS

DESIGN = {"study": "demo", "seed": 1, "question": "Which one looks better?", "pairs": []}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'studies' / 'qualab.db'}"


@pytest.fixture
def store(url: str) -> Iterator[VoteStore]:
    opened = open_store(url)
    yield opened
    opened.close_connections()


@pytest.fixture
def trial_list() -> Callable[..., pd.DataFrame]:
    def make(viewers: range = range(1, 3), clips: int = 3) -> pd.DataFrame:
        rows = [
            (viewer, clip, f"clip-{clip}", "bicubic", "sr", "ab"[(viewer + clip) % 2])
            for viewer in viewers
            for clip in range(1, clips + 1)
        ]
        return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))

    return make


@pytest.fixture
def design() -> dict[str, Any]:
    return dict(DESIGN)


@pytest.fixture
def tokens(store: VoteStore, trial_list: Callable[..., pd.DataFrame], design: dict[str, Any]) -> list[str]:
    return store.launch("demo", design, trial_list())


@pytest.fixture
def answer(store: VoteStore) -> Callable[..., Receipt]:
    def vote(secret: str, trial_id: int | None = None, **sent: Any) -> Receipt:
        if trial_id is None:
            current = store.next_trial(secret)
            assert current is not None
            trial_id = current.id
        filled = {"choice": "left", "idempotency_key": f"key-{trial_id}", "response_ms": 2500, "telemetry": {}}
        return store.vote(secret, trial_id, **(filled | sent))

    return vote
