"""Launch, reopen, close and votes on the command line."""

import csv
import io

import pytest

from qualab import lab
from qualab.cli.main import _app, _outcome, _placed
from qualab.tables import VOTE_COLUMNS


@pytest.fixture
def run(toy, capsys):
    """Return a function that runs a verb on the toy study: exit code, stdout, stderr."""

    def _run(*words):
        code, said = _outcome(lambda: _app()(_placed([str(word) for word in words]), standalone_mode=False))
        out, err = capsys.readouterr()
        return code, out, err + said

    return _run


def test_links_stand_alone_on_stdout_and_one_line_of_next_steps_on_stderr(run):
    code, out, err = run("launch", "toy", "--viewers", 3)
    assert code == 0
    assert [line.count("/join/") for line in out.splitlines()] == [1, 1, 1]
    assert len(err.splitlines()) == 1
    assert "qualab serve" in err
    assert "/join/" not in err


def test_links_as_csv_open_their_viewers(run, toy):
    _, out, _ = run("launch", "toy", "--viewers", 2, "--csv", "--url", "https://votes.example.org/")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["viewer"] for row in rows] == ["1", "2"]
    assert all(row["link"].startswith("https://votes.example.org/join/") for row in rows)
    assert len({lab.store(toy).join(row["link"].rpartition("/")[2]) for row in rows}) == 2


def test_an_open_link_as_csv_says_how_many_it_takes(run):
    _, out, _ = run("launch", "toy", "--viewers", 5, "--open", "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["viewers"] == "5"
    assert "/join/" in row["link"]


@pytest.mark.parametrize(("option", "value"), [("--presentation", "wipee"), ("--method", "ccr")])
def test_a_wrong_presentation_or_method_names_the_known_ones(run, option, value, toy):
    code, out, err = run("launch", "toy", option, value)
    assert (code, out) == (2, "")
    assert "known: " in err
    assert lab.progress(toy, "toy")["launches"] == 0


def test_a_launch_takes_every_method_and_presentation(run, toy):
    for presentation, method in (("wipe", "with-tie"), ("sequential", "ccr-7")):
        assert run("launch", "toy", "--viewers", 1, "--presentation", presentation, "--method", method)[0] == 0
        design = lab.store(toy).launches("toy")[-1].design
        assert (design["presentation"], design["method"]) == (presentation, method)
        assert run("close", "toy")[0] == 0


def test_a_closed_voting_is_opened_again_with_the_links_it_had(run, toy):
    token = run("launch", "toy", "--viewers", 1)[1].strip().rpartition("/")[2]
    secret = lab.store(toy).join(token)
    run("close", "toy")
    assert not lab.store(toy).viewer(secret).is_open
    code, out, err = run("reopen", "toy")
    assert code == 0
    assert "open again" in out
    assert len(err.splitlines()) == 1
    assert lab.store(toy).viewer(secret).is_open


def test_what_is_not_closed_is_not_reopened(run):
    for state in ("never launched", "open"):
        code, out, err = run("reopen", "toy")
        assert (code, out) == (2, ""), state
        assert " — " in err
        run("launch", "toy", "--viewers", 1)


def test_votes_as_csv_have_every_column(run, toy):
    lab.simulate(toy, "toy", subjects=2, share=0.7, seed=1)
    _, out, _ = run("votes", "toy", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert tuple(rows[0]) == VOTE_COLUMNS
    assert len(rows) == 8
    assert {row["kind"] for row in rows} == {"test"}
    assert {row["valid"] for row in rows} == {"True"}


def test_counts_say_how_far_viewers_are(run, toy):
    run("launch", "toy", "--viewers", 2)
    assert "real: 0 of 8 votes, 0 of 2 viewers done" in run("votes", "toy")[1]


def test_votes_are_verified_and_a_change_behind_the_store_is_exit_5(run, toy, monkeypatch):
    assert run("verify", "toy")[:2] == (0, "0 votes, chains whole\n")
    monkeypatch.setattr(lab, "verify", lambda *_: ["L1-S001: vote 1 is missing"])
    code, out, err = run("verify", "toy")
    assert (code, out) == (5, "")
    assert err.startswith("L1-S001: vote 1 is missing\n")
    assert "toy: 1 thing is not as saved" in err
