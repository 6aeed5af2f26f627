import pytest

from qualab.ui.access import CONSOLE_COOKIE, console_token
from qualab.ui.http import tickets
from qualab.ui.http.tickets import is_ticket, make_ticket


def test_a_ticket_opens_the_console_once(client):
    ticket = make_ticket()
    first = client.get(f"/console-ticket/{ticket}")
    assert (first.status_code, first.headers["location"]) == (303, "/studies")
    assert CONSOLE_COOKIE in first.headers["set-cookie"]
    second = client.get(f"/console-ticket/{ticket}")
    assert second.status_code == 404
    assert second.text == client.get("/join/nobody").text


def test_a_ticket_ends_after_five_minutes(monkeypatch):
    ticket, now = make_ticket(), tickets.time.time()
    monkeypatch.setattr(tickets.time, "time", lambda: now + 301)
    assert not is_ticket(ticket)


def test_a_ticket_of_another_servers_token_opens_nothing(monkeypatch):
    ticket = make_ticket()
    monkeypatch.setenv("QUALAB_ADMIN_TOKEN", "another")
    console_token.cache_clear()
    assert not is_ticket(ticket)


@pytest.mark.parametrize("made", ["", "x" * 106, "é" * 106, "\ud800" * 106, "0" * 106, "0" * 10_000])
def test_nothing_else_is_a_ticket(made):
    assert not is_ticket(made)
    ticket = make_ticket()
    assert not is_ticket(ticket[:-1] + ("0" if ticket[-1] != "0" else "1"))
    assert not is_ticket(("0" if ticket[0] != "0" else "1") + ticket[1:])
