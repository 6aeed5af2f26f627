import asyncio
import time

from limits import RateLimitItemPerHour

from qualab import lab
from qualab.study.workspace import Workspace
from qualab.ui.access import CONSOLE_COOKIE, VIEWER_COOKIE
from qualab.ui.http import routes
from qualab.ui.http.middleware import Guard
from qualab.ui.http.rate_limit import RateLimiter

GARBAGE = ("x", "é", "%C3%A9", "a" * 10_000, "", "..%2f..%2fetc", "%00", "' OR 1=1", "\\\\host\\x", "a/b", "%ff%fe")


def test_an_invitation_sets_an_http_only_cookie_and_leads_to_the_welcome_page(client, invites):
    answer = client.get(f"/join/{invites[0]}")
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert cookie.startswith(f"{VIEWER_COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert invites[0] not in cookie


def test_every_link_that_opens_nothing_gets_the_same_page(client, invites, toy: Workspace):
    lab.close(toy, "toy")
    pages = {(client.get(f"/join/{token}").status_code, client.get(f"/join/{token}").text) for token in GARBAGE[:6]}
    pages |= {(client.get(f"/join/{token}").status_code, client.get(f"/join/{token}").text) for token in GARBAGE[6:]}
    closed = client.get(f"/join/{invites[0]}")
    assert pages == {(404, closed.text)}
    assert closed.status_code == 404
    assert "set-cookie" not in closed.headers


def test_no_garbled_token_is_a_server_error_anywhere(viewer):
    for token in GARBAGE:
        for path in ("/join/", "/console/", "/console-ticket/", "/clip/"):
            assert viewer.get(path + token).status_code in (404, 429), (path, token[:20])


def test_the_console_token_opens_the_console_and_nothing_else_does(client):
    assert client.get("/console/wrong").status_code == 404
    answer = client.get("/console/the-console-token")
    assert (answer.status_code, answer.headers["location"]) == (303, "/studies")
    assert "the-console-token" not in answer.headers["set-cookie"]
    assert CONSOLE_COOKIE in answer.headers["set-cookie"]


def test_a_client_that_guesses_is_held_back_before_its_guess_is_looked_up(client, invites):
    statuses = [client.get(f"/join/guess{n}").status_code for n in range(40)]
    assert statuses[:20] == [404] * 20
    assert statuses[-1] == 429
    assert client.get(f"/join/{invites[0]}").status_code == 429
    assert client.get("/console/the-console-token").status_code == 429


def test_one_address_enrols_so_many_viewers_an_hour_by_an_open_link_and_is_told(client, toy: Workspace, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(routes, "ENROLMENTS", RateLimiter(RateLimitItemPerHour(3)))
    (link,) = lab.launch(toy, "toy", viewers=10, is_open=True)
    statuses, cookies = [], None
    for _ in range(5):
        client.cookies.clear()
        statuses.append(client.get(f"/join/{link}").status_code)
        cookies = cookies or dict(client.cookies)
    assert statuses == [303, 303, 303, 429, 429]
    told = client.get(f"/join/{link}")
    assert "3 viewers an hour" in told.text
    assert int(told.headers["retry-after"]) == 3600
    client.cookies.update(cookies)
    assert client.get(f"/join/{link}").status_code == 303
    client.cookies.clear()
    monkeypatch.setattr(time, "time", lambda: now + 3601)
    assert client.get(f"/join/{link}").status_code == 303
    assert lab.progress(toy, "toy")["real"]["joined"] == 4


def test_invitations_of_ones_own_are_no_enrolments(client, invites, monkeypatch):
    monkeypatch.setattr(routes, "ENROLMENTS", RateLimiter(RateLimitItemPerHour(1)))
    for _ in range(4):
        assert client.get(f"/join/{invites[0]}").status_code == 303


def test_an_open_link_that_is_used_up_says_so(client, toy: Workspace):
    (link,) = lab.launch(toy, "toy", viewers=1, is_open=True)
    assert client.get(f"/join/{link}").status_code == 303
    client.cookies.clear()
    assert client.get(f"/join/{link}").status_code == 410


def test_streamlit_metrics_and_its_upload_are_closed(client):
    assert client.get("/_stcore/metrics").status_code == 404
    assert client.request("PUT", "/_stcore/upload_file/a/b").status_code == 404


def test_every_answer_carries_the_security_headers(client):
    for path in ("/join/x", "/api/trial", "/_stcore/metrics"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_foreign_host_name_is_refused(client, invites):
    for host in ("evil.example", "127.0.0.1.evil.example", "[", "localhost.evil.example:8501"):
        answer = client.get(f"/join/{invites[0]}", headers={"host": host})
        assert (answer.status_code, "set-cookie" in answer.headers) == (421, False)
    assert client.get(f"/join/{invites[0]}", headers={"host": "localhost:8501"}).status_code == 303


def test_a_page_of_another_site_cannot_open_a_websocket():
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    async def app(scope, receive, send):
        sent.append({"type": "reached"})

    headers = [(b"host", b"127.0.0.1:8501"), (b"origin", b"http://evil.example")]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers, "extensions": {}}
    asyncio.run(Guard(app)(scope, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]
