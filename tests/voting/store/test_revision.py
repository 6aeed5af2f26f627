"""A revision changes with everything that may change what votes say, and with nothing else."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from qualab.voting.store.revision import revision
from qualab.voting.store.votes import Receipt, VoteStore


def test_launches_votes_withdrawals_and_closes_change_it_and_other_studies_do_not(
    store: VoteStore, trial_list: Callable[..., pd.DataFrame], design: dict[str, Any], answer: Callable[..., Receipt]
) -> None:
    def now() -> tuple[object, ...]:
        return revision(store.database, "demo")

    seen = [now()]
    token = store.launch("demo", design, trial_list())[0]
    seen.append(now())
    secret = store.join(token)
    answer(secret)
    seen.append(now())
    store.withdraw(secret, "")
    seen.append(now())
    store.close("demo")
    seen.append(now())
    store.reopen("demo")
    seen.append(now())
    assert len(set(seen)) == 5
    # Opened again, all is as it was before the close.
    assert seen[-1] == seen[-3]
    store.launch("other", {**design, "study": "other"}, trial_list())
    assert now() == seen[-1]
