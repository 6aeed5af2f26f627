import json

import pytest

from qualab import lab
from qualab.study.workspace import Workspace


def rows(ws: Workspace) -> int:
    return len(lab.votes(ws, "toy"))


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
    sent = ballot(viewer.trial())
    assert viewer.vote(sent, **headers).status_code in (403, 415)
    assert rows(toy) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"choice": "tie"}, {"choice": 1}, {"choice": ["left"]}, {"choice": None}, {"choice": "\ud800"},
        {"response_ms": -1}, {"response_ms": 1.5}, {"response_ms": True}, {"idempotency_key": ""},
        {"idempotency_key": "x" * 65}, {"trial_id": "1"}, {"telemetry": {}}, {"comment": "<script>"},
        {"score": 1}, {"reasons": ["x"]}, {"attempt": 0},
    ],
)  # fmt: skip
def test_a_ballot_with_a_wrong_field_is_refused_and_leaves_no_row(viewer, ballot, toy: Workspace, changed):
    sent = ballot(viewer.trial()) | changed
    answer = viewer.request("POST", "/api/vote", content=json.dumps(sent), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (422, "refused")
    assert rows(toy) == 0


def test_a_vote_before_the_clip_was_played_is_refused(viewer, ballot, toy: Workspace):
    sent = ballot(viewer.trial())
    sent["telemetry"]["plays"] = 0
    assert viewer.vote(sent).status_code == 422
    assert rows(toy) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 8000, b"x" * 100_000])
def test_a_body_that_is_no_ballot_is_refused(viewer, body):
    answer = viewer.request("POST", "/api/vote", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (413, 422)
