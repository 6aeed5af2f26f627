import json
import re

import pytest

from qualab import lab

pytestmark = pytest.mark.browser

NAMES = (
    "toybase",
    "toytest",
    "toyother",
    "toy-fox",
    "toy-street",
    "Secret fox title",
    "Secret street title",
    "Toy study",
)


def answer(page, key, position):
    """Press `key` as soon as this trial may be answered, and wait for the next one."""
    page.wait_for_selector("button.vote:enabled")
    assert page.inner_text(".count") == f"{position} of 4"
    with page.expect_response("**/api/vote") as receipt:
        page.keyboard.press(key)
    return receipt.value.json()


def votes_of(site, viewer):
    table = lab.votes(site.ws, "toy")
    return table[table["subject"] == f"L1-S{viewer + 1:03d}"]


def trial_of(page):
    return page.evaluate("() => fetch('/api/trial').then((answer) => answer.json())")


def test_a_viewer_answers_everything_by_keyboard_and_resumes_after_a_reload(page, site):
    site.join(page, 0)
    keys = ("ArrowLeft", "b", "1", "ArrowRight")
    for position, key in enumerate(keys[:2], start=1):
        assert answer(page, key, position)["status"] == "saved"
    page.wait_for_selector('.player[data-state="showing"] >> text=3 of 4')
    before = trial_of(page)
    page.reload()
    page.wait_for_selector('.player[data-state="showing"]')
    assert trial_of(page) == before
    for position, key in enumerate(keys[2:], start=3):
        assert answer(page, key, position)["remaining"] == 4 - position
    page.wait_for_selector("text=4 of 4 answers are saved")
    rows = votes_of(site, 0)
    sides = [
        "left" if row.left_hrc == (row.hrc_a if row.choice == "a" else row.hrc_b) else "right"
        for row in rows.itertuples()
    ]
    assert sides == ["left", "right", "left", "right"]
    page.goto(f"{site.url}/join/{site.invites[0]}")
    page.wait_for_selector("text=Thank you")


def test_a_double_keypress_is_one_vote(page, site):
    site.join(page, 1)
    page.wait_for_selector("button.vote:enabled")
    page.evaluate(
        """() => { for (const key of ["ArrowLeft", "ArrowLeft", "ArrowRight"])
             window.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true })); }"""
    )
    page.wait_for_selector("text=2 of 4")
    assert len(votes_of(site, 1)) == 1


def test_no_answer_is_possible_before_the_clip_has_played_once(page, site):
    page.add_init_script("HTMLMediaElement.prototype.play = () => new Promise(() => {});")
    site.join(page, 2)
    assert page.locator("button.vote:disabled").count() == 2
    page.keyboard.press("ArrowLeft")
    assert "played to the end" in page.inner_text(".status")
    assert len(votes_of(site, 2)) == 0


def test_a_lost_connection_is_told_and_the_same_vote_is_sent_again(page, site):
    site.join(page, 3)
    sent = []

    def lose(route):
        sent.append(route.request.post_data_json["idempotency_key"])
        route.abort() if len(sent) < 3 else route.continue_()

    page.route("**/api/vote", lose)
    page.wait_for_selector("button.vote:enabled")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("text=Not saved yet")
    assert len(votes_of(site, 3)) == 0
    page.wait_for_selector("text=2 of 4")
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert len(votes_of(site, 3)) == 1


def test_a_vote_that_was_never_acknowledged_is_sent_after_a_reload(page, site):
    """What waits in the browser names the trial by its number and nothing else, and is gone once it is saved."""
    site.join(page, 6)
    page.route("**/api/vote", lambda route: route.abort())
    page.wait_for_selector("button.vote:enabled")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("text=Not saved yet")
    kept = json.loads(page.evaluate("() => localStorage.getItem('qualab-pending')"))
    assert {"trial_id", "attempt", "choice", "idempotency_key"} <= set(kept)
    assert not [word for word in (*NAMES, "clip", "/") if word in json.dumps(kept)]
    page.unroute("**/api/vote")
    page.reload()
    page.wait_for_selector("text=2 of 4")
    (row,) = votes_of(site, 6).itertuples()
    assert row.choice == ("b" if row.left_hrc == row.hrc_a else "a")
    assert page.evaluate("() => localStorage.getItem('qualab-pending')") is None


def test_the_next_clips_are_there_before_the_answer(page, site):
    asked = []
    page.on("request", lambda sent: asked.append(sent.url.rpartition("/")[2]) if "/clip/" in sent.url else None)
    site.join(page, 7)
    following = trial_of(page)["next"]["clips"][0].rpartition("/")[2]
    page.wait_for_selector("button.vote:enabled")
    assert following in asked
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector('.player[data-state="showing"] >> text=2 of 4')
    assert asked.count(following) == 1


def test_nothing_a_viewer_receives_names_what_is_compared(page, site):
    heard = []
    page.on("response", lambda got: heard.append(f"{got.url} {json.dumps(got.headers)}"))
    page.on("response", lambda got: heard.append(got.body().decode("latin-1")) if "/api/" in got.url else None)
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    page.on("console", lambda message: heard.append(message.text))
    site.join(page, 4)
    for position in (1, 2, 3, 4):
        answer(page, "ArrowLeft", position)
    page.wait_for_selector("text=Thank you")
    heard += [page.content(), page.evaluate("() => JSON.stringify({ ...localStorage, ...sessionStorage })")]
    files = [path.stem for path in site.ws.folder("toy").pairs.iterdir()]
    assert [name for name in (*NAMES, *files) for said in heard if name in said] == []
    origins = {re.match(r"\w+://[^/]+", said)[0] for said in heard if said.startswith("http")}
    assert origins == {site.url}


def test_a_viewer_withdraws_after_the_last_answer_and_the_votes_are_voided(page, site):
    site.join(page, 8)
    for position in (1, 2, 3, 4):
        answer(page, "ArrowLeft", position)
    page.get_by_text("Withdraw from the study").click()
    withdraw = page.get_by_role("button", name="Withdraw", exact=True)
    assert withdraw.is_disabled()
    page.get_by_text("I am sure").click()
    withdraw.click()
    page.wait_for_selector("text=You have withdrawn")
    assert votes_of(site, 8)["voided"].tolist() == [True] * 4
    assert not lab.votes(site.ws, "toy").query("subject != 'L1-S009'")["voided"].any()
    page.goto(f"{site.url}/join/{site.invites[8]}")
    page.wait_for_selector("text=You have withdrawn")


def test_a_viewer_reaches_no_console_page_and_no_export(page, site):
    page.goto(f"{site.url}/join/{site.invites[5]}")
    page.wait_for_selector("text=two at a time")
    for name in ("studies", "scores", "voting", "results", "report"):
        page.goto(f"{site.url}/{name}?study=toy")
        page.wait_for_selector("text=You need a link")
        assert not [word for word in NAMES if word in page.content()]
    for name in ("report.html", "votes.csv", "scores.csv"):
        assert page.request.get(f"{site.url}/export/toy/{name}").status == 404


@pytest.mark.parametrize("token", ["wrong", "é", "a" * 5000, "..%2f", "x/y"])
def test_a_wrong_link_is_a_plain_page_not_found(page, site, token):
    answer = page.goto(f"{site.url}/join/{token}")
    assert answer.status == 404
    assert page.inner_text("h1") == "This link opens nothing"
