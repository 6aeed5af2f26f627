"""Every presentation and method once, by keyboard, touch and pointer, in the real app."""

import numpy as np
import pytest

from qualab import lab
from qualab.study.presentations import PRESENTATIONS

pytestmark = pytest.mark.browser

GREY = "color=s=320x180:r=25,format=yuv420p"
# A is dark, B is bright: pictures tell which side is drawn.
SIDES = f"{GREY},geq=lum=60:cb=128:cr=128[a];{GREY},geq=lum=180:cb=128:cr=128[b];[a][b]vstack"
DARK, BRIGHT, SURROUND = (60 - 16) * 255 / 219, (180 - 16) * 255 / 219, 0x77
ROW = """(view) => {
  const find = (css, root = document) => root.querySelector(css)
    ?? [...root.querySelectorAll("*")].map((one) => one.shadowRoot && find(css, one.shadowRoot)).find(Boolean);
  const canvas = find(`.${view} canvas`);
  const row = canvas.getContext("2d").getImageData(0, 90, canvas.width, 1).data;
  return Array.from(row).filter((_, n) => n % 4 === 0);
}"""
SHOWING = '.player[data-state="showing"]'


@pytest.fixture
def shown(page, site):
    """Return a function that launches one pair with these settings and joins as its viewer."""

    def show(page=page, frames=15, graphs=(SIDES,), **voting):
        site.launch(pairs=[site.pair("sides", list(graphs), frames=frames)], **voting)
        site.join(page, 0)
        return page.evaluate("() => fetch('/api/trial').then((answer) => answer.json())")

    return show


def levels(page, view="single"):
    """Return the grey value of each pixel of a view's middle row."""
    return np.array(page.evaluate(ROW, view))


def colours(trial):
    """Return the grey values of what is shown as A and as B."""
    return (DARK, BRIGHT) if trial["left_half"] == "top" else (BRIGHT, DARK)


def ballot(page, key):
    """Answer with a key and return what was sent."""
    page.wait_for_selector("button.vote:enabled")
    with page.expect_request("**/api/vote") as sent:
        page.keyboard.press(key)
    page.wait_for_selector("text=Thank you")
    return sent.value.post_data_json


def test_side_by_side_shows_both_at_once(page, shown):
    trial = shown(presentation="side-by-side")
    for view, level in zip(("left", "right"), colours(trial), strict=True):
        assert levels(page, view) == pytest.approx(level, abs=2)
    assert page.evaluate("() => innerWidth >= screen.width && innerHeight >= screen.height")
    telemetry = ballot(page, "ArrowLeft")["telemetry"]
    assert (telemetry["shown"], telemetry["full_screen"]) == ("side-by-side", False)


def test_full_screen_is_what_f_brings_and_not_a_window_as_large_as_the_screen(page, shown):
    shown(presentation="side-by-side")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement !== null")
    assert ballot(page, "ArrowLeft")["telemetry"]["full_screen"]


def test_toggle_shows_the_other_one_while_space_is_held_and_after_t(page, shown):
    a, b = colours(shown(presentation="toggle"))
    assert levels(page) == pytest.approx(a, abs=2)
    page.keyboard.down("Space")
    assert levels(page) == pytest.approx(b, abs=2)
    page.keyboard.up("Space")
    assert levels(page) == pytest.approx(a, abs=2)
    page.keyboard.press("t")
    assert levels(page) == pytest.approx(b, abs=2)
    assert ballot(page, "ArrowRight")["telemetry"]["switches"] == 3


def test_the_wipe_shows_a_left_and_b_right_of_a_line_moved_by_keys_and_drag(page, shown):
    a, b = colours(shown(presentation="wipe"))

    def line_at(share):
        row, place = levels(page), round(320 * share)
        return row[:place] == pytest.approx(a, abs=2) and row[place:] == pytest.approx(b, abs=2)

    assert line_at(0.5)
    page.wait_for_selector("text=Move the line once")
    page.keyboard.press(",")
    assert line_at(0.45)
    box = page.locator(".single canvas").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.45 * 320, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * 320, middle, steps=3)
    page.mouse.up()
    assert line_at(0.8)
    page.locator(".divider").focus()
    page.keyboard.press("Home")
    assert page.locator(".divider").get_attribute("aria-valuenow") == "0"
    assert line_at(0)
    page.evaluate("() => document.activeElement.blur()")
    assert ballot(page, "ArrowLeft")["telemetry"]["switches"] == 3


def test_in_sequence_a_comes_then_grey_then_b_and_replays_are_counted(page, shown):
    # Two seconds each: A still plays when the first reading comes, on a busy machine too.
    a, b = colours(shown(presentation="sequential", frames=50))
    seen = page.evaluate(
        f"""async () => {{ const row = {ROW}; const seen = [];
          for (let n = 0; n < 600; n += 1) {{
            const level = row("single")[160];
            if (Math.abs(level - (seen.at(-1) ?? -99)) > 3) seen.push(level);
            if (seen.length === 4) return seen;
            await new Promise(requestAnimationFrame);
          }} return seen; }}"""
    )
    assert seen == pytest.approx([a, SURROUND, b, SURROUND], abs=2)
    page.wait_for_selector("button.vote:enabled")
    page.keyboard.press("r")
    for level in (a, SURROUND):
        page.wait_for_function(f"() => Math.abs(({ROW})('single')[160] - {level}) < 3")
    telemetry = ballot(page, "ArrowLeft")["telemetry"]
    assert telemetry["replays"] == 1
    assert len(telemetry["play_ms"]) == 2


@pytest.mark.parametrize(
    ("method", "key", "sent", "stored"),
    [
        ("with-tie", "ArrowDown", ("tie", None), "tie"),
        ("ccr-7", "6", ("right", 2), None),
        ("ccr-7", "4", ("tie", 0), "tie"),
    ],
)
def test_each_method_stores_what_its_key_says(page, site, shown, method, key, sent, stored):
    shown(method=method, reasons=["Sharper", "Less noise"], comments=True)
    page.get_by_role("button", name="Less noise").click()
    page.get_by_label("Comment").fill("4 <b>&amp; a half" + "x" * 600)
    page.keyboard.press("Escape")
    ballot_sent = ballot(page, key)
    assert (ballot_sent["choice"], ballot_sent["score"]) == sent
    row = lab.votes(site.ws, "toy").iloc[-1]
    assert row["choice"] == (stored or ("b" if row["left_hrc"] == row["hrc_a"] else "a"))
    assert "Less noise" in str(row["reasons"])
    assert row["comment"] == ("4 <b>&amp; a half" + "x" * 600)[:500]


@pytest.mark.parametrize("presentation", PRESENTATIONS)
@pytest.mark.parametrize("scale", [1, 2])
def test_on_a_phone_everything_fits_and_can_be_tapped(chromium, shown, presentation, scale):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=scale, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    shown(page, presentation=presentation)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    for button in page.locator(".panel button:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
    if presentation != "sequential" and page.locator(".single canvas").is_visible():
        page.locator(".single canvas").tap(position={"x": 20, "y": 20})
    page.wait_for_selector("button.vote:enabled")
    page.get_by_role("button", name="A is better").tap()
    page.wait_for_selector("text=Thank you")
    context.close()


def test_whoever_wants_less_motion_starts_every_playing(chromium, shown):
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    page = context.new_page()
    counted = GREY + ",geq=lum=3*N+30:cb=128:cr=128,scale=320:360,setsar=1"
    shown(page, graphs=(counted,), frames=12)
    first = levels(page, "left")[0]
    page.wait_for_timeout(300)
    assert levels(page, "left")[0] == first
    assert "Press Play" in page.inner_text(".status")
    page.keyboard.press("p")
    page.wait_for_selector("button.vote:enabled")
    last = levels(page, "left")[0]
    assert last > first + 25
    page.wait_for_timeout(300)
    assert levels(page, "left")[0] == last
    context.close()


def test_two_videos_are_drawn_only_where_both_show_the_same_frame(page, shown):
    """Frame n is grey 3 n + 30 in both; they are encoded apart. One frame off would be 3.5 levels."""
    counted = GREY + ",geq=lum=3*N+30:cb=128:cr=128"
    trial = shown(presentation="side-by-side", graphs=(counted, f"{counted},negate,negate"), frames=50)
    assert trial["packing"] == "two"
    pairs = page.evaluate(
        f"""async () => {{ const row = {ROW}; const seen = [];
          for (let n = 0; n < 90; n += 1) {{
            seen.push([row("left")[9], row("right")[9]]);
            await new Promise(requestAnimationFrame);
          }} return seen; }}"""
    )
    both = np.array(pairs)
    assert np.abs(both[:, 0] - both[:, 1]).max() <= 1
    assert len(set(both[:, 0])) > 5
    assert ballot(page, "ArrowLeft")["telemetry"]["sync_ms"] >= 0


def test_practice_says_whether_the_expected_answer_was_found(page, site):
    """The right answer of a gold pair is the second HRC: bright where that is the lower half."""
    gold = site.pair("gold", [SIDES], frames=10, role="gold", hrc_a="gold", hrc_b="toybase")
    site.launch(pairs=[site.pair("sides", [SIDES], frames=10), gold], checks={"training": 1})
    site.join(page, 0)
    assert page.locator(".training").is_visible()
    page.wait_for_selector("button.vote:enabled")
    page.keyboard.press("ArrowRight" if levels(page, "right")[9] > levels(page, "left")[9] else "ArrowLeft")
    page.wait_for_selector("text=that is the one we expected")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{SHOWING} >> text=2 of 2")
    assert not page.locator(".training").is_visible()


def test_a_trial_that_broke_a_rule_comes_again_and_says_why(page, site, shown):
    before = len(lab.votes(site.ws, "toy"))
    shown(rules={"max_dropped_percent": 100, "max_focus_losses": 0, "allow_rescaling": True})
    page.wait_for_selector("button.vote:enabled")
    page.evaluate("() => window.dispatchEvent(new Event('blur'))")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector('.player[data-attempt="2"]')
    assert "the window was left while it was shown" in page.inner_text(".note")
    assert len(lab.votes(site.ws, "toy")) == before
    assert ballot(page, "ArrowLeft")["attempt"] == 2


def test_a_change_of_the_pixel_ratio_is_told_and_sent(page, context, shown):
    shown(presentation="side-by-side")
    page.wait_for_selector("button.vote:enabled")
    devtools = context.new_cdp_session(page)
    size = {"width": 1280, "height": 860, "mobile": False}
    devtools.send("Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": 1.5})
    page.wait_for_selector("text=The size of the pictures has changed")
    sent = ballot(page, "ArrowLeft")["telemetry"]
    assert sent["rescaled"]
    assert sent["dpr"] == 1.5


def test_twenty_trials_by_keyboard_alone_with_a_rest(page, site):
    """From the link to the thanks: no pointer is used; a rest comes after ten."""
    pair = site.pair("short", [SIDES], frames=6)
    study = site.ws.folder("toy").load()
    sources = tuple(study.src[0].model_copy(update={"id": f"clip-{number}"}) for number in range(20))
    site.ws.folder("toy").save(study.model_copy(update={"src": sources}))
    site.launch(pairs=[pair | {"src": src.id} for src in sources], break_every=10)
    page.goto(f"{site.url}/join/{site.invites[0]}")
    page.get_by_role("button", name="Start").press("Enter")
    for position in range(1, 21):
        if position == 11:
            page.wait_for_selector("text=10 of 20 answered")
            page.keyboard.press("Enter")
        page.wait_for_selector(f'{SHOWING} >> text="{position} of 20"')
        page.wait_for_selector("button.vote:enabled")
        page.keyboard.press("ArrowLeft" if position % 2 else "ArrowRight")
    page.wait_for_selector("text=Thank you")
    assert len(lab.votes(site.ws, "toy").query("launch == launch.max()")) == 20
