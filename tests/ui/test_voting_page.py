"""The page Voting: settings that are written, a plan that is told, links that are shown once, counts, the close."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
import segno

from qualab import lab
from qualab.study.files import write_json
from qualab.study.protocol import Checks
from qualab.study.workspace import Workspace
from qualab.ui.console.voting.links import qr_svg


def text(found) -> str:
    """Return everything a page says."""
    kinds = ("title", "subheader", "markdown", "caption", "error", "info", "success", "warning", "code")
    return "\n".join(str(element.value) for kind in kinds for element in found.get(kind))


def press(found, label):
    """Press the button with that label."""
    return next(button for button in found.button if button.label == label).click().run()


def field(found, kind, label):
    """Return the field with that label."""
    return next(one for one in found.get(kind) if one.label == label)


@pytest.fixture
def opened(toy: Workspace, open_page):
    """Return the page of the toy study."""
    return lambda: open_page("voting", study="toy")


@pytest.fixture
def launched(toy: Workspace) -> Workspace:
    """Return the workspace with the toy study launched for three viewers."""
    lab.launch(toy, "toy", viewers=3)
    return toy


def test_settings_are_written_to_study_toml(toy, opened):
    found = opened()
    field(found, "text_input", "Question").set_value("Which is sharper?")
    field(found, "number_input", "Gold pairs").set_value(2)
    field(found, "text_area", "Reasons a viewer may tick, one a line").set_value("sharper\n\n  natural ")
    field(found, "multiselect", "Questions about the viewer").set_value(["vision", "age"])
    found = press(found, "Save to study.toml")
    assert not found.exception
    voting = toy.folder("toy").load().voting
    assert (voting.question, voting.reasons, voting.checks) == (
        "Which is sharper?",
        ("sharper", "natural"),
        Checks(gold=2),
    )
    assert set(voting.questionnaire) == {"age", "vision"}
    assert "build the study again" in text(found)


def test_a_form_that_is_saved_unchanged_changes_nothing(toy, opened):
    before = toy.folder("toy").load()
    found = press(opened(), "Save to study.toml")
    assert toy.folder("toy").load() == before
    assert "build the study again" not in text(found)


def test_a_setting_that_cannot_be_is_one_line_and_nothing_is_written(toy, opened):
    before = (toy.folder("toy").path / "study.toml").read_bytes()
    found = opened()
    field(found, "text_area", "Reasons a viewer may tick, one a line").set_value("x" * 41)
    found = press(found, "Save to study.toml")
    assert not found.exception
    assert len(found.error) == 1
    assert "reasons" in found.error[0].value
    assert "\n" not in found.error[0].value
    assert (toy.folder("toy").path / "study.toml").read_bytes() == before


def test_a_study_that_is_not_voted_on_says_how_to_turn_it_on(toy, opened):
    folder = toy.folder("toy")
    study = folder.load()
    folder.save(study.model_copy(update={"voting": study.voting.model_copy(update={"enabled": False})}))
    found = opened()
    assert "not voted on" in text(found)
    field(found, "toggle", "Viewers are asked").set_value(True)
    press(found, "Save to study.toml")
    assert folder.load().voting.enabled


def test_the_plan_follows_the_number_of_viewers(opened):
    found = opened()
    numbers = {metric.label: metric.value for metric in found.metric}
    assert numbers["Comparisons a viewer"] == "4"
    assert "n\u00a0=\u00a024 votes" in text(found)
    found = field(found, "number_input", "Viewers to invite now").set_value(100).run()
    assert "n\u00a0=\u00a0100 votes" in text(found)
    # STATISTICS: exact power of a share of .65 at n = 100.
    assert "**83%** for one clip alone" in text(found)
    assert found.dataframe[0].value["planned"].tolist() == [100] * 4


def test_checks_that_are_not_built_are_told_and_can_be_changed(toy, opened):
    folder = toy.folder("toy")
    pairs = [made for made in json.loads(folder.manifest.read_text())["objects"] if made.get("role", "test") == "test"]
    write_json(folder.manifest, {**json.loads(folder.manifest.read_text()), "objects": pairs})
    study = folder.load()
    folder.save(study.model_copy(update={"voting": study.voting.model_copy(update={"checks": Checks(gold=2)})}))
    found = opened()
    assert not found.exception
    assert "asks for gold pairs and none are built" in found.error[0].value.replace("\\", "")
    assert field(found, "number_input", "Gold pairs").value == 2


def test_the_preview_opens_the_session_of_this_study(opened):
    assert [link.url for link in opened().get("link_button")] == ["/console-preview/toy"]


def test_launching_shows_one_link_a_viewer_once(toy, opened):
    found = opened()
    field(found, "number_input", "Viewers to invite now").set_value(3)
    found = press(found, "Launch and make links")
    links = found.code[0].value.splitlines()
    assert [link.count("/join/") for link in links] == [1, 1, 1]
    assert lab.progress(toy, "toy")["real"]["invited"] == 3
    assert not found.get("image")
    found = field(found, "selectbox", "QR code of viewer").set_value(2).run()
    assert found.get("image")
    lab.store(toy).join(links[0].rpartition("/")[2])
    found = press(found, "I have copied them")
    assert "/join/" not in text(found)


def test_an_open_link_is_one_link_with_its_cap_and_its_code(toy, opened):
    found = opened()
    field(found, "number_input", "Viewers to invite now").set_value(2)
    next(group for group in found.get("button_group") if group.label == "Links").set_value("One open link")
    found = press(found.run(), "Launch and make links")
    assert "until 2 viewers have joined" in text(found)
    (link,) = found.code[0].value.splitlines()
    assert found.get("image")
    token = link.rpartition("/")[2]
    assert len({lab.store(toy).join(token) for _ in range(2)}) == 2


def test_counts_reveal_no_preference_before_the_close(launched, opened, monkeypatch):
    lab.simulate(launched, "toy", subjects=4, share=0.9, seed=1)
    found = opened()
    assert "0** of 12 votes" in str([bar.text for bar in found.get("progress")]) or "12 votes" in text(found)
    assert {metric.label for metric in found.metric} == {"Invited", "Joined", "Active now", "Finished", "Withdrawn"}
    assert "Simulated, kept apart" in text(found)
    assert not re.search(r"prefer(s|red)\b.*\d", text(found))


def test_the_close_asks_first_and_can_be_taken_back(launched, opened):
    found = opened()
    button = next(button for button in found.button if button.label == "Close now")
    assert button.disabled
    found = press(next(box for box in found.checkbox if box.label == "I am sure").check().run(), "Close now")
    assert lab.progress(launched, "toy")["state"] == "closed"
    assert "Viewing conditions" in [box.label for box in found.expander]
    found = press(next(box for box in found.checkbox if box.label == "I am sure").check().run(), "Open again")
    assert not found.exception
    assert lab.progress(launched, "toy")["state"] == "open"


def test_viewing_conditions_are_those_of_real_viewers_after_the_close(toy, opened):
    store, token = lab.store(toy), lab.launch(toy, "toy", viewers=1)[0]
    told = {"screen_width": 2560, "screen_height": 1440, "dpr": 2, "viewport_width": "wide", "viewport_height": 900}
    store.note_conditions(store.join(token), told)
    lab.simulate(toy, "toy", subjects=2, share=0.7, seed=1)
    assert "Viewing conditions" not in [box.label for box in opened().expander]
    lab.close(toy, "toy")
    found = opened()
    assert not found.exception
    (row,) = found.dataframe[0].value.to_dict("records")
    assert (row["subject"], row["screen"], row["window"]) == ("L1-S001", "2560 × 1440", "")


def test_an_open_voting_takes_more_viewers(launched, opened):
    found = opened()
    field(found, "number_input", "Further viewers").set_value(2)
    found = press(found, "Make links")
    assert len(found.code[0].value.splitlines()) == 2
    assert lab.progress(launched, "toy")["real"]["invited"] == 5


def test_the_quota_says_how_many_viewers_still_have_to_answer(toy, opened):
    folder = toy.folder("toy")
    study = folder.load()
    folder.save(study.model_copy(update={"voting": study.voting.model_copy(update={"votes_per_pair": 5})}))
    assert {metric.label: metric.value for metric in opened().metric}["Viewers for the quota"] == "5"
    lab.launch(toy, "toy", viewers=3)
    assert "For 5 votes on every pair **5** viewers still have to answer; 3 who are invited" in text(opened())


def test_what_is_next_is_said(launched, opened):
    assert "Nobody has opened a link yet" in text(opened())


def test_a_qr_code_holds_the_link_and_a_white_margin():
    link = "https://votes.example.org/join/" + "Ab3_" * 6
    drawn = ElementTree.fromstring(qr_svg(link))
    size = segno.make(link, error="m", micro=False).symbol_size(scale=6, border=4)
    assert (int(drawn.get("width")), int(drawn.get("height"))) == size
    assert next(drawn.iter("{http://www.w3.org/2000/svg}path")).get("fill") == "#fff"
    assert qr_svg(link) != qr_svg(link[:-1] + "x")
