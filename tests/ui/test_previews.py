import pytest

from qualab import lab
from qualab.lab import previews
from qualab.study.workspace import Workspace


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setattr(previews.tempfile, "gettempdir", lambda: str(tmp_path))
    yield
    for store in previews._open.values():
        store.close_connections()
    previews._open.clear()


def test_a_preview_is_a_whole_session_whose_votes_are_nowhere(client, ballot, toy: Workspace):
    client.get("/console/the-console-token")
    answer = client.get("/console-preview/toy")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.cookies["qualab_viewer"].startswith("preview-")
    for position in (1, 2, 3, 4):
        trial = client.trial()
        assert (trial["position"], trial["preview"]) == (position, True)
        assert client.get(trial["clips"][0]).status_code == 200
        assert client.vote(ballot(trial)).json()["status"] == "saved"
    assert client.get("/api/trial").json()["done"]
    assert (len(lab.votes(toy, "toy")), lab.store(toy).launches("toy")) == (0, [])


def test_a_preview_shows_what_is_asked_for_and_what_is_launched(client, toy: Workspace):
    client.get("/console/the-console-token")
    client.get("/console-preview/toy?presentation=wipe&method=ccr-7")
    assert [client.get("/api/trial").json()[name] for name in ("presentation", "method")] == ["wipe", "ccr-7"]
    lab.launch(toy, "toy", viewers=1, presentation="toggle")
    client.get("/console-preview/toy")
    assert client.get("/api/trial").json()["presentation"] == "toggle"


def test_another_process_of_the_server_knows_the_preview_too(client, toy: Workspace):
    client.get("/console/the-console-token")
    client.get("/console-preview/toy")
    trial = client.get("/api/trial").json()
    for store in previews._open.values():
        store.close_connections()
    previews._open.clear()
    assert client.get("/api/trial").json() == trial


def test_a_preview_is_the_researchers_alone(client, invites):
    client.get(f"/join/{invites[0]}")
    answer = client.get("/console-preview/toy")
    assert (answer.status_code, answer.text) == (404, client.get("/join/nobody").text)


def test_what_cannot_be_previewed_is_told_in_one_line(client, toy: Workspace):
    client.get("/console/the-console-token")
    for query in ("/console-preview/nosuch", "/console-preview/toy?method=guess"):
        answer = client.get(query)
        assert (answer.status_code, "There is nothing to preview" in answer.text) == (409, True)


def test_old_previews_are_thrown_away(toy: Workspace, tmp_path):
    secrets = [previews.begin_preview(toy, "toy") for _ in range(previews._MOST + 3)]
    assert len(list(tmp_path.glob("qualab-previews-*/*.db"))) == previews._MOST
    assert previews.store_of(secrets[0]).viewer(secrets[0]) is None
    assert previews.store_of(secrets[-1]).viewer(secrets[-1]) is not None


@pytest.mark.parametrize("secret", ["preview-", "preview-../../x-y", "preview-0123456789abcdef-../x", "preview-é-x"])
def test_a_made_up_preview_is_no_session(client, invites, secret, toy: Workspace):
    assert previews.store_of(secret) is lab.store(toy)
    assert lab.store(toy).viewer(secret) is None
