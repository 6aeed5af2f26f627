"""The verbs of a vote on a study that is built: how many are invited, which answers are analysed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from qualab import lab
from qualab.errors import InputError
from qualab.lab.planning import plan_of
from qualab.study.csv_files import csv_text
from qualab.study.files import write_json
from qualab.study.protocol import Checks, Screening
from qualab.study.workspace import Workspace
from qualab.voting.design.frozen import parse_design
from qualab.voting.design.trial_lists import make_trials
from qualab.voting.store.answer import Answer

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
    manifest = json.loads(folder.manifest.read_text())
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
            Answer(
                attempt=trial.attempt,
                choice="left" if trial.left == prefer else "right",
                idempotency_key=f"{token}-{trial.id}-{trial.attempt}",
                response_ms=2000,
                telemetry={},
            ),
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
    ask(checks=CHECKS, screening=Screening(enabled=False))
    build_checks(toy)
    tokens = lab.launch(toy, "toy", viewers=2)
    answer_all(toy, tokens[0])
    answer_all(toy, tokens[1], prefer="a")
    lab.close(toy, "toy")
    votes = lab.votes(toy, "toy")
    kinds = votes["kind"].value_counts().to_dict()
    assert kinds == {"test": 8, "training": 2, "gold": 2, "identical": 2, "repeat": 4, "trap": 2}
    found = lab.analyze(toy, "toy")[0].all("sign_flip", src=None)
    assert {result.pair for result in found} == {("toybase", "toytest"), ("toybase", "toyother")}
    assert [(result.n_votes, result.estimate) for result in found] == [(4, 0.5)] * 2


def test_invalid_answers_and_those_of_viewers_who_withdrew_are_kept_and_not_analysed(toy, tmp_path):
    tokens = lab.launch(toy, "toy", viewers=3)
    answer_all(toy, tokens[0])
    answer_all(toy, tokens[1], prefer="a", invalid=("test",))
    lab.store(toy).withdraw(answer_all(toy, tokens[2], prefer="a", most=3), "changed my mind")
    lab.close(toy, "toy")
    votes = lab.votes(toy, "toy")
    assert (len(votes), votes["valid"].sum(), votes["voided"].sum()) == (11, 7, 3)
    found = lab.analyze(toy, "toy")[0].all("sign_flip", src=None, group=None)
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


def test_the_rules_frozen_at_launch_leave_out_who_misses_a_gold_pair_and_later_ones_do_not_count(toy, ask):
    ask(checks=CHECKS)
    build_checks(toy)
    tokens = lab.launch(toy, "toy", viewers=2)
    answer_all(toy, tokens[0])
    answer_all(toy, tokens[1], prefer="a")
    lab.close(toy, "toy")
    ask(checks=CHECKS, screening=Screening(enabled=False))
    found = lab.analyze(toy, "toy")[0]
    these = found.one("sign_flip", pair=("toybase", "toytest"))
    assert (these.n_votes, these.estimate) == (2, 1.0)
    assert found.one("screening", pair=("toybase", "toytest")).effects["estimate_all"] == 0.5


def test_while_voting_is_open_e_values_alone_are_told_and_all_after_closing(toy):
    answer_all(toy, lab.launch(toy, "toy", viewers=1)[0])
    watched = lab.analyze(toy, "toy")[0]
    assert watched.is_watched
    assert {result.analysis for result in watched.results} == {"e_value", "screening"}
    lab.close(toy, "toy")
    closed = lab.analyze(toy, "toy")[0]
    assert not closed.is_watched
    assert closed.one("sign_flip", pair=("toybase", "toytest")).estimate == 1.0


def test_a_rehearsal_after_the_close_does_not_hide_what_real_viewers_said(toy):
    answer_all(toy, lab.launch(toy, "toy", viewers=1)[0])
    lab.close(toy, "toy")
    design = parse_design(lab.store(toy).launches("toy")[-1].design)
    trials = make_trials(design, subjects=range(1, 2))
    lab.store(toy).launch("toy", design.dump(), trials, simulated=True)
    assert [launch.awaits_viewers for launch in lab.store(toy).launches("toy")] == [False, False]
    assert not lab.analyze(toy, "toy")[0].is_watched
    lab.launch(toy, "toy", viewers=1)
    assert lab.analyze(toy, "toy")[0].is_watched


def test_what_viewers_said_of_themselves_and_scores_reach_the_findings(toy):
    tokens = lab.launch(toy, "toy", viewers=2)
    for place, token in enumerate(tokens):
        secret = answer_all(toy, token, most=0)
        lab.store(toy).give_consent(secret, f"{place:064x}", {"age": "18-29", "vision": "unsaid"})
    context = lab.snapshot(toy, "toy").context
    assert context.viewers["subject"].tolist() == ["L1-S001", "L1-S002"]
    assert context.viewers["age"].tolist() == ["18-29"] * 2
    deltas = context.deltas
    assert set(deltas["src"]) == {"toy-fox"}
    assert set(zip(deltas["hrc_a"], deltas["hrc_b"], strict=True)) == {("toybase", "toytest"), ("toybase", "toyother")}
    means = lab.scores(toy, "toy").query("pooling == 'mean' and metric == 'vmaf'").set_index("hrc")["value"]
    vmaf = deltas[deltas["metric"] == "vmaf"].set_index("hrc_b")["delta"]
    assert vmaf["toytest"] == pytest.approx(means["toytest"] - means["toybase"])


def test_votes_written_as_csv_and_read_again_say_the_same(toy, tmp_path, ask):
    ask(checks=CHECKS)
    build_checks(toy)
    for token in lab.launch(toy, "toy", viewers=7):
        answer_all(toy, token)
    lab.close(toy, "toy")
    path = tmp_path / "votes.csv"
    path.write_text(csv_text(lab.votes(toy, "toy")))
    of_study, of_file = lab.analyze(toy, "toy"), lab.analyze_csv(path)
    assert len(of_study) == len(of_file) == 1
    rows = [[row for result in found[0].results for row in result.rows()] for found in (of_study, of_file)]
    # A CSV of votes knows no scores.
    assert [row for row in rows[0] if row["analysis"] != "agreement"] == rows[1]
    assert of_study[0].checks.equals(of_file[0].checks)


def test_how_alike_votes_are_is_read_of_a_study(toy):
    for token, prefer in zip(lab.launch(toy, "toy", viewers=2), "ab", strict=True):
        answer_all(toy, token, prefer=prefer)
    found = lab.vote_correlation(toy, "toy")
    assert (found.rho_subject, found.rho_clip, found.n_votes) == (pytest.approx(1), pytest.approx(0), 8)
    plan = lab.plan(toy, 0.65, pilot="toy", clips=12, viewers=24)
    assert plan.design_effect == pytest.approx(12)
    assert plan.notes[0] == "pilot: 8 votes by 2 viewers on 2 clips; a rough estimate: 2 viewers and 2 clips only"
