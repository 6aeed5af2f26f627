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


def test_the_brake_holds_one_client_and_lets_go_with_time():
    now = [0.0]
    brake = RateLimiter(burst=3, per_second=0.5, clock=lambda: now[0])
    for _ in range(3):
        assert not brake.holds("a")
        brake.count("a")
    assert brake.holds("a")
    assert not brake.holds("b")
    now[0] = 2.1
    assert not brake.holds("a")


def test_the_brake_forgets_the_oldest_of_very_many_clients():
    brake = RateLimiter(burst=1, clock=lambda: 0.0)
    for number in range(10_050):
        brake.count(str(number))
    assert not brake.holds("0")
    assert brake.holds("10049")
