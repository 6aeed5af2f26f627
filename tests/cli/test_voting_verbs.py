"""Launch, reopen, close and votes on the command line."""

import csv
import io
import json
import math

import pandas as pd
import pytest

from qualab import lab
from qualab.cli.findings import print_findings
from qualab.cli.main import _app, _outcome, _placed
from qualab.stats.findings.find import NOTHING, Context, analyse
from qualab.study.tables import FOREIGN_VOTE_COLUMNS, VOTE_COLUMNS
from qualab.voting.design.frozen import parse_design


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
        design = parse_design(lab.store(toy).launches("toy")[-1].design)
        assert (design.presentation, design.method) == (presentation, method)
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


# Who cites whom among four journals of statistics (Agresti; R package BradleyTerry2), row cited by column.
JOURNALS = ("biometrika", "comm-statist", "jasa", "jrss-b")
CITATIONS = ((0, 730, 498, 221), (33, 0, 68, 17), (320, 813, 0, 142), (284, 276, 325, 0))
# Davidson 1970: six chocolate puddings, two at a time; preferred the first, the second, neither.
PUDDINGS = (
    (19, 16, 19, 18, 23, 19, 13, 16, 16, 17, 18, 22, 13, 14, 11),
    (22, 19, 19, 23, 19, 20, 19, 20, 15, 14, 21, 20, 18, 19, 21),
    (16, 12, 10, 13, 9, 15, 18, 12, 17, 16, 12, 12, 10, 18, 12),
)


@pytest.fixture
def analyze(run, tmp_path):
    """Return a function that writes votes as CSV and gives the rows of `qualab analyze --json`."""

    def _analyze(rows):
        path = tmp_path / "votes.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([FOREIGN_VOTE_COLUMNS, *rows])
        code, out, err = run("analyze", path, "--json")
        assert (code, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    return _analyze


def _on_one_clip(n_b, n_a, n_tie=0):
    choices = "b" * n_b + "a" * n_a
    return [(f"v{place}", "cups", "bicubic", "sr", choice) for place, choice in enumerate([*choices, *["tie"] * n_tie])]


def _by_different_people(pairs):
    """Return votes ((first, second, choice), how many) each by a person of its own."""
    votes = [vote for vote, count in pairs for _ in range(count)]
    return [(f"v{place}", "one", *vote) for place, vote in enumerate(votes)]


def _one(rows, analysis, **where):
    (found,) = [row for row in rows if row["analysis"] == analysis and all(row.get(k) == v for k, v in where.items())]
    return found


@pytest.mark.parametrize(
    ("k", "n", "p", "ci"),
    [
        (5, 6, 0.21875, (0.358765, 0.995789)),
        (10, 12, 0.0385742, (0.515862, 0.979137)),
        (83, 100, 1.30980e-11, (0.741825, 0.897735)),
        (60, 100, 0.0568879, (0.497209, 0.696705)),
        (24, 24, 1.19209e-7, (0.857526, 1)),
        (0, 10, 0.00195312, (0, 0.308497)),
    ],
)
def test_one_clip_gives_the_exact_binomial_test_and_the_flip_test_agrees(analyze, k, n, p, ci):
    rows = analyze(_on_one_clip(k, n - k))
    for row in (_one(rows, "binomial", src="cups"), _one(rows, "sign_flip", src=None)):
        # The published figures have six digits.
        assert row["p_value"] == pytest.approx(p, rel=3e-6)
        assert row["ci"] == pytest.approx(ci, abs=2e-6)
        assert (row["estimate"], row["n_votes"], row["pair"]) == (k / n, n, ["bicubic", "sr"])


def test_ties_give_the_sign_test_with_davidsons_effects(analyze):
    row = _one(analyze(_on_one_clip(50, 20, 30)), "sign", src="cups")
    assert row["p_value"] == pytest.approx(4.40285e-4, rel=1e-5)
    told = ("net_preference", "net_preference_se", "davidson_log_ratio", "davidson_log_ratio_se", "davidson_nu")
    expected = (0.30, 0.0781025, 0.916291, 0.264575, 0.948683)
    assert [row["effects"][name] for name in told] == pytest.approx(expected, abs=1e-6)
    assert (row["n_a"], row["n_b"], row["n_tie"]) == (20, 50, 30)


def test_four_viewers_on_three_clips_are_not_twelve_independent_votes(analyze):
    preferred = ((1, 1, 1), (1, 1, 0), (1, 0, 1), (1, 1, 1))
    rows = analyze(
        (f"v{i}", f"c{j}", "bicubic", "sr", "ab"[one]) for i, row in enumerate(preferred) for j, one in enumerate(row)
    )
    overall, beyond = _one(rows, "sign_flip", src=None), _one(rows, "two_way")
    assert overall["estimate"] == pytest.approx(0.833333, abs=1e-6)
    # The pooled binomial test would say .0386.
    assert overall["p_value"] == pytest.approx(0.125)
    assert (beyond["estimand"], beyond["estimate"], beyond["p_value"]) == ("E2", None, None)
    assert "5 are needed" in beyond["note"]


def test_citations_give_agrestis_scale(analyze):
    pairs = {
        (JOURNALS[i], JOURNALS[j], choice): CITATIONS[winner][loser]
        for i in range(4)
        for j in range(i + 1, 4)
        for choice, winner, loser in (("a", i, j), ("b", j, i))
    }
    rows = analyze(_by_different_people(pairs.items()))
    scale = {row["hrc"]: row["estimate"] for row in rows if row["analysis"] == "bradley_terry" and "hrc" in row}
    above = [scale[journal] - scale["biometrika"] for journal in JOURNALS[1:]]
    assert above == pytest.approx([-2.9490725, -0.4795698, 0.2689541], abs=1e-6)
    first = next(row for row in rows if row["analysis"] == "bradley_terry")
    assert first["effects"]["deviance"] == pytest.approx(4.293384, abs=1e-6)
    assert first["effects"]["deviance_df"] == 3


def test_puddings_give_davidsons_worths(analyze):
    places = [(i, j) for j in range(1, 6) for i in range(j)]
    counts = zip(places, *PUDDINGS, strict=True)
    pairs = [
        ((f"p{i}", f"p{j}", choice), n)
        for (i, j), *given in counts
        for choice, n in zip(("a", "b", "tie"), given, strict=True)
    ]
    rows = [row for row in analyze(_by_different_people(pairs)) if row["analysis"] == "davidson" and "hrc" in row]
    worth = {row["hrc"]: math.exp(row["estimate"]) for row in rows}
    shares = [worth[f"p{place}"] / sum(worth.values()) for place in range(6)]
    assert shares == pytest.approx([0.1388034, 0.1730015, 0.1617474, 0.1653730, 0.1586854, 0.2023893], abs=1e-6)
    assert rows[0]["effects"]["log_likelihood"] == pytest.approx(-809.70951, abs=1e-4)


def test_no_votes_are_exit_0_and_say_so(analyze):
    (row,) = analyze([])
    assert (row["estimate"], row["p_value"], row["n_votes"], row["note"]) == (None, None, 0, "no votes")


def test_pairs_that_nothing_joins_have_no_scale_and_the_groups_are_named(analyze):
    votes = [(("one", "two", choice), 5) for choice in "ab"] + [(("three", "four", choice), 5) for choice in "ab"]
    rows = analyze(_by_different_people(votes))
    note = _one(rows, "bradley_terry")["note"]
    assert "{four, three} and {one, two}" in note
    overall = [row for row in rows if row["analysis"] == "sign_flip" and row["src"] is None]
    assert [(row["pair"], row["p_adjusted"]) for row in overall] == [(["one", "two"], 1), (["three", "four"], 1)]


def test_what_is_printed_tells_what_can_be_said_what_to_quote_and_what_next(run, tmp_path):
    path = tmp_path / "votes.csv"
    lines = [",".join(row) for row in [FOREIGN_VOTE_COLUMNS, *_on_one_clip(5, 1)]]
    path.write_text("\n".join(lines))
    code, out, err = run("analyze", path)
    assert (code, err) == (0, "")
    assert "83% of 6 viewers says little: the same share would have p = 0.039 from 12" in out
    assert "Of clips like these nothing can be said: 1 clip cannot speak" in out
    assert "To quote: 83% of 6 votes by 6 viewers on 1 clip preferred sr to bicubic (95% interval 36% to 99.6%" in out
    assert "- Next: more viewers." in out
    assert "Estimand E1: these clips" in out


def test_while_voting_is_open_e_values_alone_are_printed_with_why_and_how_to_end_it(capsys):
    votes = pd.DataFrame(_on_one_clip(7, 1), columns=list(FOREIGN_VOTE_COLUMNS)).assign(simulated=0)
    watched = Context({}, NOTHING.viewers, NOTHING.deltas, is_watched=True)
    print_findings("toy", [analyse(votes, context=watched)])
    out = capsys.readouterr().out
    assert "Viewers may still vote: only numbers that hold at any moment are told, no ordinary p-value" in out
    assert "qualab close" in out
    assert "e_value" in out
    assert not any(word in out for word in ("sign_flip", "two_way", "binomial", "To quote"))


def test_an_open_launch_without_votes_is_exit_0(run):
    run("launch", "toy", "--viewers", 1)
    code, out, err = run("analyze", "toy")
    assert (code, err) == (0, "")
    assert "there are none yet" in out


@pytest.mark.parametrize("alpha", [0, 1, -0.1])
def test_an_alpha_that_is_no_probability_is_refused(run, alpha, tmp_path):
    code, out, err = run("analyze", tmp_path / "votes.csv", "--alpha", alpha)
    assert (code, out) == (2, "")
    assert "give a number between 0 and 1" in err
