"""Fingers on the pictures, through the browser's own input: what it takes for itself never reaches the player."""

import numpy as np
import pytest

pytestmark = pytest.mark.browser

# Every place has a level of its own: pictures tell which part of them is shown.
PLACES = "nullsrc=s=320x180:r=25,format=yuv420p,geq=lum=40+mod(X*7+Y*13\\,160):cb=128:cr=128"
SEEN = """() => {
  const find = (css, root = document) => root.querySelector(css)
    ?? [...root.querySelectorAll("*")].map((one) => one.shadowRoot && find(css, one.shadowRoot)).find(Boolean);
  const every = (view) => Array.from(view.getContext("2d").getImageData(0, 0, 320, 180).data);
  const pixels = (view) => every(view).filter((_, n) => n % 4 === 0);
  const views = ["left", "right"].map((side) => find(`.${side} canvas`));
  const { x, y } = views[0].getBoundingClientRect();
  return { x, y, pictures: views.map(pixels) };
}"""


def test_a_pinch_zooms_both_pictures_to_the_same_place_and_not_the_page(chromium, site):
    """The fingers part vertically in a window so low that the page could scroll instead."""
    context = chromium.new_context(viewport={"width": 800, "height": 300}, has_touch=True)
    page = context.new_page()
    site.launch(pairs=[site.pair("places", [f"{PLACES}[a];{PLACES}[b];[a][b]vstack"], frames=10)])
    site.join(page, 0)
    page.wait_for_selector("button.vote:enabled")
    page.keyboard.press("p")
    before = page.evaluate(SEEN)
    plain = np.array(before["pictures"][0]).reshape(180, 320)
    devtools = context.new_cdp_session(page)

    def touch(kind, *ys):
        points = [{"x": before["x"] + 100, "y": before["y"] + y, "id": number} for number, y in enumerate(ys)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 70, 110)
    for step in (10, 20, 30, 40):
        touch("touchMove", 70 - step, 110 + step)
    touch("touchEnd")
    assert page.inner_text("button.zoom") == "3×"
    assert page.evaluate("visualViewport.scale") == 1
    after = page.evaluate(SEEN)
    assert (after["x"], after["y"]) == (before["x"], before["y"])
    left, right = (np.array(one).reshape(60, 3, 320, 1)[:, 0, :318:3, 0] for one in after["pictures"])
    # The halves are coded apart, at CRF 4; another place would differ by 7 levels or more.
    assert np.abs(left - right).max() <= 4
    # The point between the fingers stays under them: 100 + (p - 100) / 3 across, 90 + (p - 90) / 3 down.
    assert np.array_equal(left, plain[60:120, 67 : 67 + 106])
    context.close()
