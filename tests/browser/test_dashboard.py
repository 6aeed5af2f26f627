"""The dashboard in Chromium: a click opens the frame, keys and pointer work, names are text, charts can be saved."""

import pytest

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>[x](javascript:alert(3))"
# Of the canvas of a view: the colour at a share of its width, in the middle.
PIXEL = """([index, share]) => {
  const roots = [...document.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean);
  const root = roots.find((one) => one.querySelector(".frames"));
  const canvas = root.querySelectorAll(".pictures canvas")[index];
  const place = Math.floor(canvas.width * share);
  return canvas.getContext("2d").getImageData(place, canvas.height / 2, 1, 1).data[0];
}"""


def grey(number: int, rank: int) -> float:
    """Return the RGB value of frame `number` of the toy's reference (rank 0) or of an HRC."""
    return (4 * number + 40 + 8 * rank - 16) * 255 / 219


@pytest.fixture
def console(console, site, with_frames):
    """Return the console's tab, its study with pictures and with titles that mean harm."""
    folder = site.ws.folder("toy")
    if not folder.sources.is_dir():
        with_frames(folder)
        study = folder.load()
        named = tuple(src.model_copy(update={"title": f"{src.title} {EVIL}"}) for src in study.src)
        folder.save(study.model_copy(update={"src": named}))
    return console


def viewer(page, site, **query):
    """Open the frame viewer and wait for its first picture."""
    words = "".join(f"&{name}={value}" for name, value in ({"a": "toybase", "b": "toytest"} | query).items())
    page.goto(f"{site.url}/scores?study=toy&view=Frame+by+frame{words}")
    page.wait_for_selector(".frames[data-shown]")
    if query.get("clip") != "toy-street":
        page.wait_for_selector(".js-plotly-plot .nsewdrag")
    # What loads above moves what is below.
    page.locator(".frames .keys").scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    return page.locator(".frames")


def shown(page, number):
    page.wait_for_selector(f'.frames[data-shown="{number}"]')


def test_a_click_on_the_chart_opens_that_frame(console, site):
    viewer(console, site)
    chart = console.locator(".js-plotly-plot .nsewdrag").first
    chart.scroll_into_view_if_needed()
    chart.hover()
    # Plotly finds what is under the pointer a moment later.
    console.wait_for_timeout(300)
    chart.click()
    shown(console, 12)
    console.wait_for_url("**frame=12**")
    assert console.evaluate(PIXEL, [0, 0.25]) == pytest.approx(grey(12, 1), abs=1)


def test_keys_step_through_frames_and_views(console, site):
    room = viewer(console, site, frame=12)
    shown(console, 12)
    room.focus()
    for key, number in (("ArrowRight", 13), ("ArrowLeft", 12), ("Shift+ArrowRight", 22), ("Shift+ArrowRight", 24)):
        console.keyboard.press(key)
        shown(console, number)
    console.keyboard.press("Home")
    shown(console, 0)
    for key, canvases in (("2", 3), ("3", 2), ("1", 1)):
        console.keyboard.press(key)
        assert console.locator(".pictures canvas").count() == canvases
    assert "frame=0" in console.url


def test_the_wipe_shows_a_left_and_b_right_and_follows_drag_and_arrow_keys(console, site):
    viewer(console, site, frame=6)
    shown(console, 6)
    a, b = grey(6, 1), grey(6, 2)
    assert [console.evaluate(PIXEL, [0, share]) for share in (0.45, 0.55)] == pytest.approx([a, b], abs=1)
    box = console.locator(".pictures canvas").bounding_box()
    middle = box["y"] + box["height"] / 2
    console.mouse.move(box["x"] + box["width"] / 2, middle)
    console.mouse.down()
    console.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=4)
    console.mouse.up()
    assert [console.evaluate(PIXEL, [0, share]) for share in (0.75, 0.85)] == pytest.approx([a, b], abs=1)
    console.locator(".handle").focus()
    console.keyboard.press("Home")
    assert console.evaluate(PIXEL, [0, 0.02]) == pytest.approx(b, abs=1)
    console.keyboard.press("Shift+ArrowRight")
    assert console.locator(".handle").get_attribute("aria-valuenow") == "10"
    shown(console, 6)


def test_the_difference_is_that_to_the_reference_times_the_gain(console, site):
    viewer(console, site, frame=3)
    shown(console, 3)
    console.get_by_role("button", name="Difference").click()
    steps = [abs(grey(3, rank) - grey(3, 0)) for rank in (1, 2)]
    console.wait_for_selector("text=at most")
    for place, step in enumerate(steps):
        assert console.evaluate(PIXEL, [place, 0.5]) == pytest.approx(8 * step, abs=16)
    console.locator(".gain input").fill("2")
    for place, step in enumerate(steps):
        assert console.evaluate(PIXEL, [place, 0.5]) == pytest.approx(2 * step, abs=4)


def test_the_magnifier_shows_all_pictures_at_once(console, site):
    viewer(console, site)
    assert console.locator(".lenses").is_hidden()
    console.get_by_role("button", name="Magnifier").click()
    console.locator(".pictures canvas").hover(position={"x": 40, "y": 40})
    assert console.locator(".lenses canvas").count() == 3
    assert console.locator(".lenses figcaption").all_inner_texts() == ["Reference", "A: toybase", "B: toytest"]


def test_a_clip_without_reference_shows_a_and_b_alone(console, site):
    viewer(console, site, clip="toy-street")
    console.get_by_role("button", name="Side by side").click()
    assert console.locator(".pictures figcaption").all_inner_texts() == ["A: toybase", "B: toytest"]
    console.get_by_role("button", name="Difference").click()
    assert console.locator(".pictures canvas").count() == 1


def test_the_scores_of_the_frame_stand_beside_its_pictures(console, site):
    viewer(console, site, frame=5)
    shown(console, 5)
    assert "Scores of frame 5" in console.inner_text(".scores thead")
    assert "A: toybase" in console.inner_text(".scores tbody tr:first-child")
    # 60 + 4 sin 5.
    assert "56.2" in console.inner_text(".scores tbody tr:first-child")


def test_hostile_titles_are_text_in_every_section(console, site):
    for view in ("Overview", "Frame+by+frame", "Distribution", "Worst+frames", "Diagnostics", "Provenance"):
        console.goto(f"{site.url}/scores?study=toy&view={view}")
        console.wait_for_selector('[data-testid="stTabs"]')
        console.wait_for_timeout(700)
        assert console.locator("img[src=x], a[href^=javascript]").count() == 0


def test_a_chart_is_saved_as_svg_and_its_numbers_as_csv(console, site):
    console.goto(f"{site.url}/scores?study=toy")
    chart = console.locator(".js-plotly-plot").first
    chart.wait_for()
    chart.hover()
    with console.expect_download() as saved:
        chart.locator('[data-title*="Download plot"]').click()
    assert saved.value.suggested_filename == "vmaf-mean-by-clip-toy.svg"
    assert b"<svg" in saved.value.path().read_bytes()[:200]
    with console.expect_download() as saved:
        console.locator(".st-key-csv-vmaf-mean-by-clip-toy button").first.click()
    assert saved.value.suggested_filename == "vmaf-mean-by-clip-toy.csv"
    assert saved.value.path().read_text().startswith("src,hrc,metric,pooling,value")
