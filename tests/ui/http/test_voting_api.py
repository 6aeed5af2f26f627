import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from qualab import lab
from qualab.study.files import write_json
from qualab.study.presentations import PRESENTATIONS
from qualab.study.workspace import Workspace
from qualab.ui.http import trial_response as offer
from qualab.voting.design import METHODS
from qualab.voting.design.frozen import parse_design
from qualab.voting.store.votes import open_store

SECRETS = ("toybase", "toytest", "toyother", "toy-fox", "toy-street", "Secret", "Toy study", ".mp4", "pairs/")
FIELDS = {
    "trial_id", "attempt", "position", "total", "training", "packing", "clips", "left_half", "width", "height", "fps",
    "frames", "question", "presentation", "method", "answers", "reasons", "comments", "rules", "rest", "again", "next",
    "preview",
}  # fmt: skip


def rows(ws: Workspace) -> int:
    return len(lab.votes(ws, "toy"))


@pytest.fixture
def asked(toy: Workspace) -> Callable[..., None]:
    """Return a function that changes the [voting] of the toy study."""

    def change(**voting: Any) -> None:
        folder = toy.folder("toy")
        study = folder.load()
        named = study.voting.model_dump() | voting
        folder.save(study.model_validate(study.model_dump() | {"voting": named}))

    return change


def test_the_trial_tells_what_to_show_and_nothing_of_what_is_compared(viewer):
    answer = viewer.get("/api/trial")
    trial = answer.json()
    assert set(trial) == FIELDS
    assert (trial["position"], trial["total"], trial["width"], trial["height"]) == (1, 4, 320, 180)
    assert (trial["packing"], trial["attempt"], trial["again"], trial["preview"]) == ("packed", 1, None, False)
    assert trial["left_half"] in ("top", "bottom")
    assert answer.headers["cache-control"] == "no-store"
    assert not [word for word in SECRETS if word in answer.text + str(answer.headers)]


def test_the_next_trial_can_be_fetched_ahead_and_is_then_the_one_shown(viewer, ballot):
    for _ in range(3):
        trial = viewer.trial()
        assert viewer.get(trial["next"]["clips"][0]).status_code == 200
        viewer.vote(ballot(trial))
        assert viewer.get("/api/trial").json()["clips"] == trial["next"]["clips"]
    assert viewer.get("/api/trial").json()["next"] is None


def test_the_left_half_is_the_half_that_the_left_hrc_was_packed_into(viewer, invites, toy: Workspace):
    store = lab.store(toy)
    secret = viewer.cookies["qualab_viewer"]
    pairs = {(p.src, p.hrc_b): p.top for p in parse_design(store.viewer(secret).launch.design).pairs}
    current, shown = store.next_trial(secret), viewer.get("/api/trial").json()
    assert (shown["left_half"] == "top") == (pairs[current.src, current.hrc_b] == current.left)


def test_the_clip_is_the_packed_video_without_a_name_a_date_or_a_hash(viewer, toy: Workspace):
    answer = viewer.get(viewer.get("/api/trial").json()["clips"][0])
    assert answer.status_code == 200
    assert answer.content in [path.read_bytes() for path in toy.folder("toy").pairs.iterdir()]
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-type"] == "video/mp4"
    assert not {"etag", "last-modified", "content-disposition"} & set(answer.headers)
    assert not [word for word in SECRETS if word in str(answer.headers)]


def test_a_range_of_the_clip_is_that_range(viewer):
    path = viewer.get("/api/trial").json()["clips"][0]
    whole = viewer.get(path).content
    part = viewer.get(path, headers={"range": "bytes=10-99"})
    assert (part.status_code, part.content) == (206, whole[10:100])
    assert viewer.get(path, headers={"range": "bytes=99999999-"}).status_code == 416
    assert viewer.get(path, headers={"range": "bytes=10-99", "if-range": '"abc"'}).content == whole


def test_a_clip_of_another_viewer_or_a_closed_study_is_not_there(client, invites, toy: Workspace):
    client.get(f"/join/{invites[0]}")
    path = client.get("/api/trial").json()["clips"][0]
    client.get(f"/join/{invites[1]}")
    assert client.get(path).status_code == 404
    client.get(f"/join/{invites[0]}")
    assert client.get(path).status_code == 200
    lab.close(toy, "toy")
    assert client.get(path).status_code == 404
    assert client.get("/api/trial").json() == {"closed": True}


def test_without_a_session_there_is_no_trial_no_clip_and_no_vote(client, invites, ballot, toy: Workspace):
    client.cookies.set("qualab_viewer", "not-a-session", domain="127.0.0.1")
    assert client.get("/api/trial").status_code == 401
    assert client.get("/clip/abcdef").status_code == 404
    assert client.vote(ballot({"trial_id": 1})).status_code == 401
    assert rows(toy) == 0


def test_a_vote_is_answered_after_it_is_on_disk_and_the_next_trial_follows(viewer, ballot, toy: Workspace):
    for position in (1, 2, 3, 4):
        trial = viewer.trial()
        assert trial["position"] == position
        assert viewer.vote(ballot(trial)).json() == {
            "status": "saved", "choice": "left", "position": position, "remaining": 4 - position, "why": None,
            "feedback": None,
        }  # fmt: skip
        fresh = open_store(toy.database_url)
        assert len(fresh.votes("toy")) == position
        fresh.close_connections()
    assert viewer.get("/api/trial").json() == {"done": True, "total": 4, "completion_code": ""}


def test_the_same_vote_sent_again_is_one_row_and_a_different_one_changes_nothing(viewer, ballot, toy: Workspace):
    sent = ballot(viewer.trial())
    statuses = [viewer.vote(sent).json()["status"] for _ in range(3)]
    late = viewer.vote(sent | {"choice": "right", "idempotency_key": "another-tab-0001"}).json()
    assert statuses == ["saved", "repeated", "repeated"]
    assert (late["status"], late["choice"]) == ("already-voted", "left")
    assert rows(toy) == 1


def test_a_vote_counts_only_after_the_clip_was_ready_and_then_played(viewer, ballot, toy: Workspace, monkeypatch):
    trial = viewer.trial(play=False)
    said = {"trial_id": trial["trial_id"], "attempt": 1}
    assert viewer.vote(ballot(trial)).status_code == 409
    assert viewer.post("/api/step", said | {"step": "played"}).status_code == 409
    for _ in range(2):
        assert viewer.post("/api/step", said | {"step": "ready", "detail": {"ms": 12.5}}).json() == {"status": "noted"}
    monkeypatch.setattr(offer, "_PLAYED_SHARE", 0.8)
    assert viewer.post("/api/step", said | {"step": "played"}).status_code == 409
    assert viewer.vote(ballot(trial)).status_code == 409
    assert rows(toy) == 0


def test_a_step_of_another_viewers_trial_or_of_none_is_refused(client, invites, toy: Workspace):
    client.get(f"/join/{invites[1]}")
    foreign = client.trial(play=False)
    client.get(f"/join/{invites[0]}")
    for trial_id in (foreign["trial_id"], foreign["trial_id"] + 1, 10**18):
        said = {"trial_id": trial_id, "attempt": 1, "step": "ready"}
        assert client.post("/api/step", said).status_code == 409
    for wrong in ({"step": "voted"}, {"attempt": 0}, {"detail": {"x": "text"}}, {"detail": {"a b": 1}}, {"more": 1}):
        said = {"trial_id": foreign["trial_id"], "attempt": 1, "step": "ready"} | wrong
        assert client.post("/api/step", said).status_code == 422


def test_a_trial_that_broke_a_rule_is_shown_again_until_the_third_time(viewer, ballot, toy: Workspace):
    for attempt in (1, 2, 3):
        trial = viewer.trial()
        assert (trial["attempt"], trial["position"]) == (attempt, 1)
        assert trial["again"] == (None if attempt == 1 else "focus")
        sent = ballot(trial)
        sent["telemetry"]["focus_losses"] = 1
        said = viewer.vote(sent).json()
        assert (said["status"], said["why"]) == ("again" if attempt < 3 else "saved", "focus")
        assert rows(toy) == (0 if attempt < 3 else 1)
    assert not lab.votes(toy, "toy")["valid"].any()


def test_a_method_takes_its_own_answers_and_no_others(client, asked, ballot, toy: Workspace):
    asked(method="ccr-7", reasons=["sharper", "cleaner"], comments=True)
    client.get(f"/join/{lab.launch(toy, 'toy', viewers=1)[0]}")
    trial = client.trial()
    assert (trial["method"], trial["reasons"], trial["comments"]) == ("ccr-7", ["sharper", "cleaner"], True)
    for wrong in ({}, {"score": 2}, {"score": 0}, {"score": -4}, {"score": -1, "reasons": ["bigger"]}):
        assert client.vote(ballot(trial, **wrong)).status_code == 422
    told = {"score": -2, "reasons": ["sharper"], "comment": "<b>\0 crisp"}
    assert client.vote(ballot(trial, **told)).json()["status"] == "saved"
    stored = lab.votes(toy, "toy").iloc[0]
    assert abs(stored["score"]) == 2
    assert (stored["score"] > 0) == (stored["choice"] == "b")
    assert (stored["reasons"], "\0" in stored["comment"]) == (["sharper"], False) or "sharper" in stored["reasons"]


def test_consent_comes_before_the_first_trial(client, asked, toy: Workspace):
    asked(consent="We store what you answer.")
    client.get(f"/join/{lab.launch(toy, 'toy', viewers=1)[0]}")
    assert client.get("/api/trial").json() == {"welcome": True}
    lab.store(toy).give_consent(client.cookies["qualab_viewer"], "0" * 64, {})
    assert client.get("/api/trial").json()["position"] == 1


def test_who_withdrew_sees_no_trial_and_no_clip(viewer, ballot, toy: Workspace):
    trial = viewer.trial()
    lab.store(toy).withdraw(viewer.cookies["qualab_viewer"], "changed my mind")
    assert viewer.get("/api/trial").json() == {"closed": True}
    assert viewer.get(trial["clips"][0]).status_code == 404
    assert viewer.vote(ballot(trial)).status_code == 409
    assert rows(toy) == 0


def test_a_rest_is_offered_after_every_few_trials(client, asked, ballot, toy: Workspace):
    asked(break_every=2)
    client.get(f"/join/{lab.launch(toy, 'toy', viewers=1)[0]}")
    rests = []
    for _ in range(4):
        trial = client.trial()
        rests.append(trial["rest"])
        client.vote(ballot(trial))
    assert rests == [False, False, True, False]


def test_the_screen_of_a_visit_is_noted(viewer, toy: Workspace):
    said = {"screen_width": 1920, "screen_height": 1080, "dpr": 1.25, "viewport_width": 1500, "viewport_height": 800}
    said |= {"refresh_hz": 59.94, "colour_depth": 24, "touch": False, "reduced_motion": True, "language": "de-AT"}
    assert viewer.post("/api/conditions", said).json() == {"status": "noted"}
    assert lab.store(toy).conditions("toy").iloc[0]["refresh_hz"] == 59.94
    assert viewer.post("/api/conditions", said | {"language": "<b>"}).status_code == 422


def test_two_files_are_served_as_left_and_right(client, toy: Workspace):
    folder = toy.folder("toy")
    manifest = json.loads(folder.manifest.read_text())
    for made in [made for made in manifest["objects"] if made["kind"] == "pair"]:
        first = folder.path / made["file"]
        other = first.with_name(f"other-{first.name}")
        other.write_bytes(first.read_bytes()[::-1])
        names = [path.relative_to(folder.path).as_posix() for path in (first, other)]
        made |= {"packing": "two", "files": names}
    write_json(folder.manifest, manifest)
    client.get(f"/join/{lab.launch(toy, 'toy', viewers=1)[0]}")
    current, shown = lab.store(toy).next_trial(client.cookies["qualab_viewer"]), client.get("/api/trial").json()
    pair = next(p for p in manifest["objects"] if (p.get("src"), p.get("hrc_b")) == (current.src, current.hrc_b))
    left, right = (client.get(path) for path in shown["clips"])
    top, bottom = ((folder.path / name).read_bytes() for name in pair["files"])
    assert [left.content, right.content] == ([top, bottom] if current.left == pair["top"] else [bottom, top])
    assert dict(left.headers) == dict(right.headers)
    assert (shown["packing"], "left_half" in shown) == ("two", False)
    for wrong in (shown["clips"][0][:-2], shown["clips"][0][:-1] + "x", shown["clips"][0] + "-l"):
        assert client.get(wrong).status_code == 404


def test_a_vote_may_not_skip_ahead_or_touch_another_viewers_trial(client, invites, ballot, toy: Workspace):
    client.get(f"/join/{invites[1]}")
    foreign = client.get("/api/trial").json()
    client.get(f"/join/{invites[0]}")
    own = client.get("/api/trial").json()
    for trial_id in (own["trial_id"] + 1, foreign["trial_id"], 10**30, -1, 0):
        assert client.vote(ballot({"trial_id": trial_id})).status_code in (409, 422)
    assert rows(toy) == 0


def test_a_study_closed_between_showing_and_answering_tells_the_viewer(viewer, ballot, toy: Workspace):
    trial = viewer.trial()
    lab.close(toy, "toy")
    answer = viewer.vote(ballot(trial))
    assert (answer.status_code, answer.json()["status"]) == (409, "closed")
    assert rows(toy) == 0


def test_a_database_out_of_reach_is_told_without_its_name(viewer, ballot, toy: Workspace, monkeypatch):
    sent = ballot(viewer.trial())
    monkeypatch.setenv("QUALAB_DATABASE_URL", f"sqlite:///{toy.root}/toy/study.toml/x.db")
    for answer in (viewer.vote(sent), viewer.get("/api/trial"), viewer.get("/join/abc")):
        assert answer.status_code == 503
        assert "study.toml" not in answer.text


@pytest.mark.parametrize("presentation", PRESENTATIONS)
def test_a_viewer_completes_a_study_of_each_presentation(client, asked, ballot, toy: Workspace, presentation):
    asked(presentation=presentation)
    client.get(f"/join/{lab.launch(toy, 'toy', viewers=1)[0]}")
    for position in range(1, 5):
        trial = client.trial()
        assert (trial["presentation"], trial["position"]) == (presentation, position)
        sent = ballot(trial)
        sent["telemetry"]["shown"] = presentation
        assert client.vote(sent).json()["status"] == "saved"
    assert client.get("/api/trial").json()["done"]


def test_a_vote_on_a_presentation_that_nobody_has_is_refused(viewer, ballot):
    sent = ballot(viewer.trial())
    sent["telemetry"]["shown"] = "hologram"
    assert viewer.vote(sent).status_code == 422


@pytest.mark.parametrize("method", METHODS)
def test_every_answer_of_a_method_is_taken_and_no_other(client, asked, ballot, toy: Workspace, method):
    asked(method=method)
    client.get(f"/join/{lab.launch(toy, 'toy', viewers=1)[0]}")
    answers = {(answer.choice, answer.score) for answer in METHODS[method].answers}
    trial = client.trial()
    assert {(answer["choice"], answer["score"]) for answer in trial["answers"]} == answers
    for choice, score in {*product(("left", "right", "tie"), (None, *range(-3, 4)))} - answers:
        assert client.vote(ballot(trial, choice=choice, score=score)).status_code == 422
    for choice, score in answers:
        client.get(f"/join/{lab.launch(toy, 'toy', viewers=1)[0]}")
        assert client.vote(ballot(client.trial(), choice=choice, score=score)).json()["status"] == "saved"
