import pytest

from qualab.ui.sign_in import allowed, is_allowed


@pytest.mark.parametrize(
    ("email", "verified", "may"),
    [
        ("ada@example.org", True, True),
        (" Ada@Example.org ", None, True),
        ("ada@example.org", False, False),
        ("ada@example.org", "false", False),
        ("eve@example.org", True, False),
        ("", True, False),
        (None, True, False),
    ],
)
def test_who_is_on_the_list_and_proven_may_come_in(monkeypatch, email, verified, may):
    monkeypatch.setenv("QUALAB_CONSOLE_EMAILS", "ada@example.org, ,bob@example.org")
    assert is_allowed(email, verified) is may


def test_without_a_list_nobody_comes_in(monkeypatch):
    monkeypatch.delenv("QUALAB_CONSOLE_EMAILS", raising=False)
    assert not allowed()
    assert not is_allowed("", True)
