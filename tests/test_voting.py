"""The verbs of a vote on a study that is built: how many are invited, which answers are analysed."""

from collections.abc import Callable
from typing import Any

import pytest

from qualab import lab
from qualab.errors import InputError
from qualab.planning import plan_of
from qualab.protocol import Checks
from qualab.workspace import Workspace, write_json

Ask = Callable[..., None]
CHECKS = Checks(training=1, gold=1, identical=1, repeats=2, traps=1)


@pytest.fixture
def ask(toy: Workspace) -> Ask:
    """Return a function that changes the toy study's voting settings."""

    def change(**settings: Any) -> None:
        folder = toy.folder("toy")
        study = folder.load()
        folder.save(study.model_copy(update={"voting": study.voting.model_copy(update=settings)}))

    return change


def build_checks(ws: Workspace) -> None:
    """Give the toy study's build a gold, an identical and a trap pair, on the files that are there."""
    folder = ws.folder("toy")
    manifest = folder.manifest_data()
    one = next(made for made in manifest["objects"] if made["kind"] == "pair")
    roles = (("gold", "gold", "toybase"), ("identical", "toytest", "toytest"), ("trap", "trap-other", "trap-this"))
    for role, hrc_a, hrc_b in roles:
        src = "trap" if role == "trap" else one["src"]
        manifest["objects"].append({**one, "src": src, "role": role, "hrc_a": hrc_a, "hrc_b": hrc_b})
    write_json(folder.manifest, manifest)


def answer_all(ws: Workspace, token: str, *, prefer: str = "b", invalid: tuple[str, ...] = (), most: int = 99) -> str:
    """Answer a viewer's trials for `prefer`; those of the kinds `invalid` break a rule; return the session's secret."""
    store = lab.store(ws)
    secret = store.join(token)
    while most and (trial := store.next_trial(secret)) is not None:
        for step in ("ready", "played"):
            store.step(secret, trial.id, trial.attempt, step, {})
        store.vote(
            secret,
            trial.id,
            attempt=trial.attempt,
            choice="left" if trial.left == prefer else "right",
            idempotency_key=f"{token}-{trial.id}-{trial.attempt}",
            response_ms=2000,
            telemetry={},
            invalid="focus" if trial.kind in invalid else None,
            most_repeats=0,
        )
        most -= 1
    return secret


def test_without_a_number_the_quota_says_how_many_are_invited_and_only_what_lacks_is_added(toy, ask):
    ask(votes_per_pair=3, max_trials=2)
    tokens = lab.launch(toy, "toy")
    # Four pairs, two a viewer: six viewers for three votes each.
    assert len(tokens) == plan_of(toy, "toy").viewers == 6
    for token in tokens[:4]:
        answer_all(toy, token)
    votes = lab.votes(toy, "toy")
    assert votes.groupby(["src", "hrc_b"]).size().tolist() == [2, 2, 2, 2]
    assert len(lab.launch(toy, "toy")) == 2
    for token in tokens[4:]:
        answer_all(toy, token)
    assert len(lab.launch(toy, "toy")) == toy.folder("toy").load().voting.viewers
    assert len(lab.launch(toy, "toy", viewers=1)) == 1


def test_without_a_quota_the_study_says_how_many_are_invited(toy, ask):
    ask(viewers=5)
    assert len(lab.launch(toy, "toy")) == 5


def test_checks_are_asked_and_only_answers_on_the_pairs_of_the_study_are_analysed(toy, ask):
    ask(checks=CHECKS)
    build_checks(toy)
    tokens = lab.launch(toy, "toy", viewers=2)
    answer_all(toy, tokens[0])
    answer_all(toy, tokens[1], prefer="a")
    votes = lab.votes(toy, "toy")
    kinds = votes["kind"].value_counts().to_dict()
    assert kinds == {"test": 8, "training": 2, "gold": 2, "identical": 2, "repeat": 4, "trap": 2}
    found = [result for result, _ in lab.analyze(toy, "toy")]
    assert {result.pair for result in found} == {("toybase", "toytest"), ("toybase", "toyother")}
    assert [result.n_votes for result in found if result.src is None] == [4, 4]
    assert [result.estimate for result in found if result.src is None] == [0.5, 0.5]


def test_invalid_answers_and_those_of_viewers_who_withdrew_are_kept_and_not_analysed(toy, tmp_path):
    tokens = lab.launch(toy, "toy", viewers=3)
    answer_all(toy, tokens[0])
    answer_all(toy, tokens[1], prefer="a", invalid=("test",))
    lab.store(toy).withdraw(answer_all(toy, tokens[2], prefer="a", most=3), "changed my mind")
    votes = lab.votes(toy, "toy")
    assert (len(votes), votes["valid"].sum(), votes["voided"].sum()) == (11, 7, 3)
    found = [result for side in lab.analyze(toy, "toy") for result in side.results if result.src is None]
    assert [(result.n_votes, result.n_subjects, result.estimate) for result in found] == [(2, 1, 1.0)] * 2
    told = lab.report(toy, "toy", tmp_path / "report.html").read_text(encoding="utf-8")
    assert "7 further answers not counted: 4 after playback that broke a rule of the study, 3 by viewers who" in told


def test_a_check_that_was_not_built_is_told_before_anyone_is_invited(toy, ask):
    ask(checks=CHECKS)
    with pytest.raises(InputError, match="qualab build toy"):
        lab.launch(toy, "toy", viewers=2)
    assert lab.progress(toy, "toy")["launches"] == 0


def test_votes_of_an_ordinary_session_verify(toy):
    answer_all(toy, lab.launch(toy, "toy", viewers=1)[0])
    assert lab.verify(toy, "toy") == []
