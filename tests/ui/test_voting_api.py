import json

import pytest

from qualab import lab
from qualab.store.votes import open_store
from qualab.trials import PRESENTATIONS
from qualab.ui.voting_api import Telemetry
from qualab.workspace import Workspace

SECRETS = ("toybase", "toytest", "toyother", "toy-fox", "toy-street", "Secret", "Toy study", ".mp4", "pairs/")


def rows(ws: Workspace) -> int:
    return len(lab.votes(ws, "toy"))


def test_the_trial_tells_what_to_show_and_nothing_of_what_is_compared(viewer):
    answer = viewer.get("/api/trial")
    trial = answer.json()
    assert set(trial) == {
        "trial_id", "position", "total", "clip", "width", "height", "fps", "frames", "left_half", "question",
        "presentation", "method",
    }  # fmt: skip
    assert (trial["position"], trial["total"], trial["width"], trial["height"]) == (1, 4, 320, 180)
    assert trial["left_half"] in ("top", "bottom")
    assert not [word for word in SECRETS if word in answer.text + str(answer.headers)]


def test_the_left_half_is_the_half_that_the_left_hrc_was_packed_into(viewer, invites, toy: Workspace):
    store = lab.store(toy)
    secret = viewer.cookies["qualab_viewer"]
    pairs = {(p["src"], p["hrc_b"]): p["top"] for p in store.viewer(secret).launch.design["pairs"]}
    current, shown = store.next_trial(secret), viewer.get("/api/trial").json()
    assert (shown["left_half"] == "top") == (pairs[current.src, current.hrc_b] == current.left)


def test_the_clip_is_the_packed_video_without_a_name_a_date_or_a_hash(viewer, toy: Workspace):
    answer = viewer.get(viewer.get("/api/trial").json()["clip"])
    assert answer.status_code == 200
    assert answer.content in [path.read_bytes() for path in toy.folder("toy").pairs.iterdir()]
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-type"] == "video/mp4"
    assert not {"etag", "last-modified", "content-disposition"} & set(answer.headers)
    assert not [word for word in SECRETS if word in str(answer.headers)]


def test_a_range_of_the_clip_is_that_range(viewer):
    path = viewer.get("/api/trial").json()["clip"]
    whole = viewer.get(path).content
    part = viewer.get(path, headers={"range": "bytes=10-99"})
    assert (part.status_code, part.content) == (206, whole[10:100])
    assert viewer.get(path, headers={"range": "bytes=99999999-"}).status_code == 416
    assert viewer.get(path, headers={"range": "bytes=10-99", "if-range": '"abc"'}).content == whole


def test_a_clip_of_another_viewer_or_a_closed_study_is_not_there(client, invites, toy: Workspace):
    client.get(f"/join/{invites[0]}")
    path = client.get("/api/trial").json()["clip"]
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
        trial = viewer.get("/api/trial").json()
        assert trial["position"] == position
        answer = viewer.vote(ballot(trial))
        assert answer.json() == {"status": "saved", "choice": "left", "position": position, "remaining": 4 - position}
        fresh = open_store(toy.database_url)
        assert len(fresh.votes("toy")) == position
        fresh.close_connections()
    assert viewer.get("/api/trial").json() == {"done": True, "total": 4}


def test_the_same_vote_sent_again_is_one_row_and_a_different_one_changes_nothing(viewer, ballot, toy: Workspace):
    sent = ballot(viewer.get("/api/trial").json())
    statuses = [viewer.vote(sent).json()["status"] for _ in range(3)]
    late = viewer.vote(sent | {"choice": "right", "idempotency_key": "another-tab-0001"}).json()
    assert statuses == ["saved", "repeated", "repeated"]
    assert (late["status"], late["choice"]) == ("already-voted", "left")
    assert rows(toy) == 1


def test_a_vote_may_not_skip_ahead_or_touch_another_viewers_trial(client, invites, ballot, toy: Workspace):
    client.get(f"/join/{invites[1]}")
    foreign = client.get("/api/trial").json()
    client.get(f"/join/{invites[0]}")
    own = client.get("/api/trial").json()
    for trial_id in (own["trial_id"] + 1, foreign["trial_id"], 10**30, -1, 0):
        assert client.vote(ballot({"trial_id": trial_id})).status_code in (409, 422)
    assert rows(toy) == 0


def test_a_study_closed_between_showing_and_answering_tells_the_viewer(viewer, ballot, toy: Workspace):
    trial = viewer.get("/api/trial").json()
    lab.close(toy, "toy")
    answer = viewer.vote(ballot(trial))
    assert (answer.status_code, answer.json()["status"]) == (409, "closed")
    assert rows(toy) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
    ],
)
def test_a_vote_from_another_site_or_a_form_is_refused(viewer, ballot, toy: Workspace, headers):
    sent = ballot(viewer.get("/api/trial").json())
    assert viewer.vote(sent, **headers).status_code in (403, 415)
    assert rows(toy) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"choice": "tie"}, {"choice": 1}, {"choice": ["left"]}, {"choice": None}, {"choice": "\ud800"},
        {"response_ms": -1}, {"response_ms": 1.5}, {"response_ms": True}, {"idempotency_key": ""},
        {"idempotency_key": "x" * 65}, {"trial_id": "1"}, {"telemetry": {}}, {"comment": "<script>"},
    ],
)  # fmt: skip
def test_a_ballot_with_a_wrong_field_is_refused_and_leaves_no_row(viewer, ballot, toy: Workspace, changed):
    sent = ballot(viewer.get("/api/trial").json()) | changed
    answer = viewer.request("POST", "/api/vote", content=json.dumps(sent), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (422, "refused")
    assert rows(toy) == 0


def test_a_vote_before_the_clip_was_played_is_refused(viewer, ballot, toy: Workspace):
    sent = ballot(viewer.get("/api/trial").json())
    sent["telemetry"]["plays"] = 0
    assert viewer.vote(sent).status_code == 422
    assert rows(toy) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 8000, b"x" * 100_000])
def test_a_body_that_is_no_ballot_is_refused(viewer, body):
    answer = viewer.request("POST", "/api/vote", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (413, 422)


def test_a_database_out_of_reach_is_told_without_its_name(viewer, ballot, toy: Workspace, monkeypatch):
    sent = ballot(viewer.get("/api/trial").json())
    monkeypatch.setenv("QUALAB_DATABASE_URL", f"sqlite:///{toy.root}/toy/study.toml/x.db")
    for answer in (viewer.vote(sent), viewer.get("/api/trial"), viewer.get("/join/abc")):
        assert answer.status_code == 503
        assert "study.toml" not in answer.text


def test_telemetry_is_what_the_presentations_record():
    for presentation in PRESENTATIONS.values():
        assert set(presentation.records) == set(Telemetry.model_fields)
