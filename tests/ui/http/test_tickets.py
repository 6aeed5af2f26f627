import time

import pytest

from qualab.ui.access import CONSOLE_COOKIE, console_token
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
    early, late, now = make_ticket(), make_ticket(), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 299)
    assert is_ticket(early)
    monkeypatch.setattr(time, "time", lambda: now + 302)
    assert not is_ticket(late)


def test_a_ticket_of_another_servers_token_opens_nothing(monkeypatch):
    ticket = make_ticket()
    monkeypatch.setenv("QUALAB_ADMIN_TOKEN", "another")
    console_token.cache_clear()
    assert not is_ticket(ticket)


@pytest.mark.parametrize("made", ["", "x" * 106, "é" * 106, "\ud800" * 106, "0" * 106, "0" * 10_000])
def test_nothing_else_is_a_ticket(made):
    assert not is_ticket(made)
    ticket = make_ticket()
    for place in (0, 34, -20):
        changed = list(ticket)
        changed[place] = "0" if ticket[place] != "0" else "1"
        assert not is_ticket("".join(changed))
    assert is_ticket(ticket)


def test_a_ticket_written_otherwise_is_the_same_ticket():
    # The last character of a signature in base64 has two bits that mean nothing.
    ticket = make_ticket()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert sum(is_ticket(ticket[:-1] + letter) for letter in letters) == 1
