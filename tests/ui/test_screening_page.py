"""The page Screening and the evidence on the page Voting: what is told of real votes, and when."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from qualab import lab
from qualab.study.files import write_json
from qualab.study.protocol import Checks, Screening, Stopping
from qualab.study.workspace import Workspace
from qualab.voting.design.frozen import frozen_design
from qualab.voting.design.trial_lists import make_trials
from qualab.voting.store.answer import Answer


def text(found):
    """Return everything a page says."""
    kinds = ("title", "subheader", "markdown", "caption", "error", "info", "success", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in found.get(kind))


def field(found, kind, label):
    """Return the field with that label."""
    return next(one for one in found.get(kind) if one.label == label)


def answered(ws, tokens, choices, *, skip=0):
    """Let viewers answer: a letter of `choices` for each (b, a: the HRC they prefer; x: misses gold as well)."""
    store = lab.store(ws)
    for token, likes in zip(tokens, choices, strict=True):
        secret = store.join(token)
        for _ in range(store.viewer(secret).total - skip):
            trial = store.next_trial(secret)
            wanted = "b" if likes == "b" or (trial.kind == "gold" and likes != "x") else "a"
            side = "left" if trial.left == wanted else "right"
            for step in ("ready", "played"):
                store.step(secret, trial.id, 1, step, {})
            told = {"idempotency_key": f"k{trial.id}", "response_ms": 900, "telemetry": {}}
            store.vote(secret, trial.id, Answer(attempt=1, choice=side, **told))


# What designs of before the rules lack.
NEWER = ("screening", "stopping")


def settings(ws: Workspace, **changed):
    folder = ws.folder("toy")
    study = folder.load()
    folder.save(study.model_copy(update={"voting": study.voting.model_copy(update=changed)}))


def with_gold(ws: Workspace):
    """Give the toy study a gold pair, and ask for one."""
    folder = ws.folder("toy")
    made = json.loads(folder.manifest.read_text())
    pair = next(one for one in made["objects"] if one["kind"] == "pair")
    gold = {**pair, "role": "gold", "hrc_a": "gold", "hrc_b": "toybase"}
    write_json(folder.manifest, {**made, "objects": [*made["objects"], gold]})
    settings(ws, checks=Checks(gold=1))


@pytest.fixture
def watched(toy: Workspace, open_page):
    """Return the page Voting of the toy study, with a stopping rule and eight viewers invited."""
    settings(toy, stopping=Stopping(enabled=True, least_viewers=4))
    tokens = lab.launch(toy, "toy", viewers=9)
    return tokens, lambda: open_page("voting", study="toy")


def test_evidence_is_told_by_pair_and_the_rule_advises(toy, watched):
    tokens, page = watched
    answered(toy, tokens[:7], "b" * 7)
    found = page()
    assert not found.exception
    table = found.dataframe[0].value
    assert table["viewers"].tolist() == [7, 7]
    assert table["e"].tolist() == ["16", "16"]
    assert table["verdict"].tolist() == ["not enough yet: E = 16 of 20"] * 2
    assert "Go on" in text(found)
    answered(toy, tokens[7:8], "b")
    found = page()
    assert found.dataframe[0].value["verdict"].str.startswith("may stop: ").all()
    assert found.dataframe[0].value["p"].tolist() == ["0.035", "0.035"]
    assert "The stopping rule is met" in text(found)
    # No ordinary p-value: that of eight of eight is 0.0078.
    assert "0.0078" not in text(found) + found.dataframe[0].value.to_string()


def test_a_viewer_who_is_not_done_is_no_evidence_yet(toy, watched):
    tokens, page = watched
    answered(toy, tokens[:2], "bb", skip=1)
    found = page()
    assert found.dataframe[0].value["viewers"].tolist() == [0, 0]
    assert found.dataframe[0].value["verdict"].tolist() == ["not enough yet: 0 of 4 viewers"] * 2


def test_the_rules_are_settings_and_shown_as_frozen(toy, open_page):
    found = open_page("voting", study="toy")
    field(found, "toggle", "May end early").set_value(True)
    field(found, "number_input", "False alarms allowed, %").set_value(1.0)
    field(found, "selectbox", "Gold pairs that may be missed").set_value(2)
    field(found, "number_input", "Left against right: leave out at p ≤").set_value(0.01)
    found = field(found, "button", "Save to study.toml").click().run()
    assert not found.exception
    voting = toy.folder("toy").load().voting
    assert (voting.stopping, voting.screening) == (
        Stopping(enabled=True, alpha=0.01),
        Screening(gold_misses=2, side_alpha=0.01),
    )
    lab.launch(toy, "toy", viewers=1)
    told = text(open_page("voting", study="toy")).replace("\\", "")
    assert "May end early: **once every pair has reached E ≥ 100 with at least 6 viewers**" in told
    assert "misses more than 2 gold pairs or misses a trap or prefers a side at p ≤ 0.01" in told


def test_who_is_left_out_and_why_and_the_results_with_and_without(toy, open_page):
    with_gold(toy)
    tokens = lab.launch(toy, "toy", viewers=4)
    answered(toy, tokens, "bbbx")
    found = open_page("screening", study="toy")
    assert not found.exception
    assert {metric.label: metric.value for metric in found.metric} == {"Viewers": "4", "Left out": "1"}
    assert "**L1-S004** is left out: gold pairs: 0 of 1 found" in text(found).replace("\\", "")
    # While viewers may vote only checks are told.
    (table,) = [frame.value for frame in found.dataframe]
    assert table["Viewer"].tolist() == ["L1-S004", "L1-S001", "L1-S002", "L1-S003"]
    assert table["Result"].tolist() == ["✗ left out", "✓ counts", "✓ counts", "✓ counts"]
    assert table["Gold pairs"].tolist() == ["✗ 0 of 1 found"] + ["✓ 1 of 1 found"] * 3
    assert "Traps" not in table
    lab.close(toy, "toy")
    both, _ = [frame.value for frame in open_page("screening", study="toy").dataframe]
    assert both["All viewers"].str.startswith("75% (").all()
    assert both["Without those left out"].str.startswith("100% (").all()
    assert both["Left out"].tolist() == [1, 1]


def test_without_answers_and_with_simulated_ones_the_page_says_so(toy, open_page):
    assert "No answers of viewers yet" in text(open_page("screening", study="toy"))
    folder = toy.folder("toy")
    design = frozen_design(folder.load(), folder.read_manifest())
    tokens = lab.store(toy).launch("toy", design.dump(), make_trials(design, subjects=range(1, 4)), simulated=True)
    answered(toy, tokens, "bba")
    found = open_page("screening", study="toy")
    assert not found.exception
    assert "Simulated viewers" in [header.value for header in found.header]
    assert len(found.dataframe[-1].value) == 3


def test_a_design_of_before_the_rules_leaves_nobody_out(toy, open_page, monkeypatch):
    with_gold(toy)
    tokens = lab.launch(toy, "toy", viewers=1)
    answered(toy, tokens, "x")
    launches = lab.store(toy).launches("toy")
    design = {name: value for name, value in json.loads(launches[0].design).items() if name not in NEWER}
    old = [replace(launch, design=json.dumps(design)) for launch in launches]
    monkeypatch.setattr(type(lab.store(toy)), "launches", lambda self, study: old)
    found = open_page("screening", study="toy")
    assert "No screening rule was frozen" in text(found)
    assert {metric.label: metric.value for metric in found.metric}["Left out"] == "0"
    assert pd.Series(found.dataframe[0].value["Gold pairs"]).tolist() == ["✗ 0 of 1 found"]
    told = text(open_page("voting", study="toy")).replace("\\", "")
    assert "Left out: **nobody**" in told


@pytest.mark.parametrize("alpha", [1e-6, 0.07, 0.95])
def test_any_rule_that_may_stand_in_study_toml_can_be_shown_and_saved_unchanged(toy, open_page, alpha):
    rules = Screening(enabled=False, gold_misses=20, side_alpha=alpha, most_too_fast_percent=12.5, traps=False)
    settings(toy, screening=rules, stopping=Stopping(alpha=alpha, least_viewers=100_000))
    before = toy.folder("toy").load()
    found = field(open_page("voting", study="toy"), "button", "Save to study.toml").click().run()
    assert not found.exception
    assert toy.folder("toy").load() == before
