import base64
import io

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser

PLACE = """(side) => {
  const find = (css, root = document) => root.querySelector(css)
    ?? [...root.querySelectorAll("*")].map((one) => one.shadowRoot && find(css, one.shadowRoot)).find(Boolean);
  const canvas = find(`.${side} canvas`);
  const box = canvas.getBoundingClientRect();
  return { width: canvas.width, height: canvas.height, x: box.left, y: box.top, w: box.width, h: box.height,
           png: canvas.toDataURL("image/png") };
}"""


@pytest.mark.parametrize("dpr", [1, 2, 1.5, 1.25])
def test_one_picture_pixel_is_one_device_pixel(chromium, site, dpr):
    """Compare a screenshot of each canvas with the canvas's own pixels: any scaling or half-pixel shift differs."""
    context = chromium.new_context(viewport={"width": 1281, "height": 861}, device_scale_factor=dpr)
    page = context.new_page()
    site.join(page, 6)
    page.wait_for_selector("button.vote:enabled")
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    for side in ("left", "right"):
        place = page.evaluate(PLACE, side)
        # Filled up to the next whole CSS pixel that is a whole device pixel too, never scaled.
        assert place["w"] * dpr == place["width"]
        assert 0 <= place["width"] - 320 < 5
        left, top = (round(place[axis] * dpr) for axis in "xy")
        seen = shot[top : top + place["height"], left : left + place["width"]]
        drawn = np.asarray(Image.open(io.BytesIO(_png(place["png"]))).convert("RGB"))
        assert np.array_equal(seen, drawn), side
    context.close()


def _png(data_url: str) -> bytes:
    return base64.b64decode(data_url.partition(",")[2])


def test_a_narrow_window_shows_one_picture_at_a_time_at_full_size_and_says_so(chromium, site):
    context = chromium.new_context(viewport={"width": 420, "height": 860})
    page = context.new_page()
    site.join(page, 7)
    assert "too narrow" in page.inner_text(".note")
    page.wait_for_selector("text=Switch to B once")
    assert page.locator("button.vote:enabled").count() == 0
    assert page.evaluate(PLACE, "single")["w"] == 320
    page.keyboard.down("Space")
    assert page.locator(".single canvas").get_attribute("aria-label") == "Video B"
    page.keyboard.up("Space")
    assert page.locator(".single canvas").get_attribute("aria-label") == "Video A"
    page.wait_for_selector("button.vote:enabled")
    context.close()


def test_zoom_makes_whole_pixels_larger_and_shows_the_same_place_of_both(chromium, site):
    context = chromium.new_context(viewport={"width": 1281, "height": 861})
    page = context.new_page()
    site.join(page, 5)
    page.wait_for_selector("button.vote:enabled")
    page.keyboard.press("p")
    plain = {side: _pixels(page, side) for side in ("left", "right")}
    for key in ("+", "+", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert page.inner_text("button.zoom") == "3×"
    places = []
    for side in ("left", "right"):
        zoomed = _pixels(page, side)
        blocks = zoomed[:180, :318].reshape(60, 3, 106, 3, 3)
        assert (blocks == blocks[:, :1, :, :1]).all()
        small = zoomed[:180:3, :318:3]
        places += [
            (top, left)
            for top in range(121)
            for left in range(215)
            if np.array_equal(plain[side][top, left : left + 8], small[0, :8])
            and np.array_equal(plain[side][top : top + 60, left : left + 106], small)
        ]
    assert len(set(places)) == 1
    assert len(places) == 2
    page.keyboard.press("0")
    assert np.array_equal(_pixels(page, "left"), plain["left"])
    context.close()


def _pixels(page, side):
    return np.asarray(Image.open(io.BytesIO(_png(page.evaluate(PLACE, side)["png"]))).convert("RGB"))
