import time

from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from qualab.ui.access import console_cookie, has_console, is_console_token
from qualab.ui.http.rate_limit import RateLimiter


def test_only_the_console_token_is_the_console_token(monkeypatch):
    assert is_console_token("the-console-token")
    for given in ("", "é", "\ud800", "the-console-token ", "x" * 10_000):
        assert not is_console_token(given)


def test_the_console_cookie_opens_the_console_and_the_token_itself_does_not():
    assert has_console({"qualab_console": console_cookie()})
    assert not has_console({"qualab_console": "the-console-token"})
    assert not has_console({"qualab_viewer": console_cookie()})
    assert not has_console({})


def test_the_limit_holds_one_client_and_lets_go_with_time(monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    limiter = RateLimiter(RateLimitItemPerMinute(3))
    for _ in range(3):
        assert not limiter.holds("a")
        limiter.count("a")
    assert limiter.holds("a")
    assert not limiter.holds("b")
    assert limiter.retry_after_s("a") == 60
    monkeypatch.setattr(time, "time", lambda: now + 59)
    assert limiter.holds("a")
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert not limiter.holds("a")


def test_the_limit_forgets_the_oldest_of_very_many_clients():
    limiter = RateLimiter(RateLimitItemPerHour(1))
    for number in range(10_050):
        limiter.count(str(number))
    assert len(limiter._storage.events) == 10_000
    assert not limiter.holds("0")
    assert limiter.holds("10049")
