"""The page Results in Chromium: a click on a clip opens its frames, and it fits a phone."""

import pytest

from qualab import lab
from qualab.voting.store.answer import Answer

pytestmark = pytest.mark.browser


@pytest.fixture
def voted(console, site, with_frames):
    """Return the console's tab, its study with votes of viewers, closed."""
    store = lab.store(site.ws)
    for number, token in enumerate(site.invites[:6]):
        secret = store.join(token)
        while trial := store.next_trial(secret):
            for step in ("ready", "played"):
                store.step(secret, trial.id, trial.attempt, step, {})
            choice = "left" if (trial.left == "b") == (number > 0) else "right"
            key = {"attempt": trial.attempt, "idempotency_key": f"{number}-{trial.id}"}
            store.vote(secret, trial.id, Answer(choice=choice, response_ms=2000, telemetry={}, **key))
    lab.close(site.ws, "toy")
    with_frames(site.ws.folder("toy"))
    return console


def test_a_click_on_a_clip_opens_its_frames_and_the_page_fits_a_phone(voted, site):
    voted.goto(f"{site.url}/results?study=toy&part=Votes+and+metrics")
    point = voted.locator(".js-plotly-plot").nth(1).locator(".point").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    voted.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    voted.wait_for_selector(".frames[data-shown]")
    voted.set_viewport_size({"width": 390, "height": 844})
    assert voted.evaluate("document.documentElement.scrollWidth") <= 390
