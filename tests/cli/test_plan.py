"""`qualab plan`: what a preference takes, as NDJSON and in words."""

import json

import pytest

from qualab.cli.main import _app, _outcome


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Return a function that runs `qualab plan` where there is no study: exit code, stdout, stderr."""
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path / "studies"))

    def _run(*words):
        code, said = _outcome(lambda: _app()(["plan", *(str(word) for word in words)], standalone_mode=False))
        out, err = capsys.readouterr()
        return code, out, err + said

    return _run


@pytest.mark.parametrize(("share", "n"), [(0.60, 210), (0.65, 97), (0.70, 54), (0.75, 35), (0.83, 20)])
def test_the_number_of_independent_votes(run, share, n):
    code, out, err = run("--share", share, "--json")
    assert (code, err) == (0, "")
    plan = json.loads(out)
    assert (plan["type"], plan["n_independent"], plan["share"], plan["power"]) == ("plan", n, share, 0.8)
    assert plan["power_at_size"] >= 0.8


def test_viewers_and_clips_with_how_alike_votes_are(run):
    asked = ("--share", 0.65, "--clips", 12, "--viewers", 24, "--rho-subject", 0.05, "--rho-clip", 0.1)
    plan = json.loads(run(*asked, "--minutes-per-vote", 0.25, "--json")[1])
    assert plan["design_effect"] == pytest.approx(3.85)
    assert plan["n_effective"] == pytest.approx(74.805, abs=5e-4)
    assert (plan["step"], plan["clips_needed"], plan["viewers_needed"]) == ("more clips", 17, 62)
    assert (plan["n_votes"], plan["viewer_minutes"], plan["minutes_per_viewer"]) == (288, 72, 3)
    _, out, _ = run(*asked)
    assert "More clips, not more viewers: 17 clips need 408 votes, 62 viewers 744." in out


def test_more_than_any_number_of_viewers_is_said_in_words(run):
    code, out, _ = run("--share", 0.65, "--clips", 9)
    assert code == 0
    assert "none is enough" in out
    assert "9 clips are worth 90 independent votes at most" in out


def test_a_pilot_tells_how_alike_votes_are(run, tmp_path):
    pilot = tmp_path / "pilot.csv"
    rows = [f"v{i},c{j},bicubic,sr,{'ab'[i % 2]}" for i in range(6) for j in range(5)]
    pilot.write_text("\n".join(["subject,src,hrc_a,hrc_b,choice", *rows]))
    asked = ("--share", 0.65, "--clips", 12, "--viewers", 24, "--pilot", pilot, "--json")
    plan = json.loads(run(*asked)[1])
    assert (plan["rho_subject"], plan["rho_clip"]) == (pytest.approx(1), pytest.approx(0))
    assert plan["notes"] == ["pilot: 30 votes by 6 viewers on 5 clips"]
    assert json.loads(run(*asked, "--rho-subject", 0.2)[1])["rho_subject"] == 0.2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--share", 0.5), "share: is 0.5: 10,000,000 votes would not show it — plan for a share farther"),
        (("--share", 1.5), "give a probability from 0 to 1"),
        (("--share", 0.65, "--power", 1), "power: is 1.0 — give a probability"),
        (("--share", 0.65, "--clips", 0), "clips: is 0 — give a number from 1"),
        (("--share", 0.65, "--clips", 9, "--rho-clip", 2), "rho_clip: is 2.0 — give a probability"),
        (("--share", 0.65, "--minutes-per-vote", 0), "minutes per vote: is 0 — give minutes above 0"),
        (("--share", 0.65, "--pilot", "nowhere"), "nowhere"),
        (("--share", 0.65, "--pilot", "nowhere.csv"), "nowhere.csv: is not a file"),
        ((), "--share"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_2(run, words, said):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 0
