import json
import shutil

import pytest

from qualab import lab
from qualab.study.files import write_json

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script></title>${7*7}{{7*7}}[x](javascript:alert(3))"


def test_names_are_text_on_every_page(console, site):
    lab.create_study(
        site.ws, "evil", title=EVIL, upscalers=["bicubic", "lanczos"], source_height=90, display_height=180
    )
    for name in ("studies", "scores", "voting", "results", "report", "upscalers"):
        console.goto(f"{site.url}/{name}?study=evil")
        console.wait_for_selector("h1")
        console.wait_for_timeout(500)
    console.goto(f"{site.url}/studies?study=evil")
    console.wait_for_selector("h2")
    assert EVIL in console.inner_text("h2")


def test_the_chosen_study_stays_chosen_over_pages_and_in_the_address(console, site):
    console.goto(f"{site.url}/scores?study=toy")
    console.wait_for_selector("text=Frame by frame")
    console.get_by_role("link", name="Results").click()
    console.wait_for_selector("h1:has-text('Results')")
    console.wait_for_url("**/results?study=toy")


def test_a_clip_is_uploaded_to_disk_and_waits_to_be_added(console, site):
    console.goto(f"{site.url}/studies?study=toy")
    console.get_by_text("Add a clip").click()
    console.set_input_files(
        "input[type=file]", {"name": "My film.mkv", "mimeType": "video/x-matroska", "buffer": b"x" * 10**6}
    )
    console.wait_for_selector("text=What is it?")
    stored = [path for path in (site.ws.folder("toy").path / "incoming").iterdir() if path.suffix == ".mkv"]
    assert [path.stat().st_size for path in stored] == [10**6]
    console.get_by_role("button", name="Discard").click()
    console.wait_for_selector("text=What is it?", state="detached")


def test_a_vote_from_its_settings_to_its_close(console, context, site):
    """Settings are saved, the session previewed, links copied, a viewer let in and out: in a study of its own."""
    _copy_of_toy(site.ws, "votes")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    console.goto(f"{site.url}/voting?study=votes")
    console.get_by_text("Change how viewers are asked").click()
    console.get_by_role("textbox", name="Question").fill("Which is <b>sharper</b>?")
    console.get_by_role("button", name="Save to study.toml").click()
    console.wait_for_selector("text=Saved.")
    with context.expect_page() as opened:
        console.get_by_role("link", name="Preview as a viewer").click()
    opened.value.wait_for_selector("text=Which is <b>sharper</b>?")
    opened.value.close()
    console.get_by_role("button", name="Launch and make links").click()
    console.get_by_role("button", name="Copy all").click()
    console.wait_for_selector("text=Copied")
    links = console.evaluate("navigator.clipboard.readText()").split()
    assert len(links) == len(set(links)) == site.ws.folder("votes").load().voting.viewers
    secret = lab.store(site.ws).join(links[0].rpartition("/")[2])
    console.get_by_role("button", name="I have copied them").click()
    console.wait_for_function("!document.body.innerText.includes('/join/')")
    # The counts of the fragment follow by themselves.
    console.wait_for_function(
        "[...document.querySelectorAll('[data-testid=stMetric]')].some((one) => /Joined\\s*1/.test(one.innerText))"
    )
    console.get_by_text("Close the voting", exact=True).click()
    console.get_by_text("I am sure").click()
    console.get_by_role("button", name="Close now").click()
    console.wait_for_selector("text=The voting is closed")
    assert not lab.store(site.ws).viewer(secret).is_open


def test_a_preview_played_to_its_end_stores_nothing(console, context, site):
    folder = _copy_of_toy(site.ws, "seen")
    manifest = json.loads(folder.manifest.read_text())
    pairs = [made for made in manifest["objects"] if made["kind"] == "pair"]
    write_json(folder.manifest, manifest | {"objects": [made for made in manifest["objects"] if made not in pairs[2:]]})
    console.goto(f"{site.url}/voting?study=seen")
    with context.expect_page() as opened:
        console.get_by_role("link", name="Preview as a viewer").click()
    page = opened.value
    page.get_by_role("button", name="Start").click()
    for position in (1, 2):
        page.wait_for_selector(f'.player[data-state="showing"] >> text="{position} of 2"')
        assert page.locator(".banner").inner_text().startswith("Preview")
        page.wait_for_selector("button.vote:enabled")
        page.keyboard.press("ArrowLeft")
    page.wait_for_selector("text=Thank you")
    assert page.get_by_text("Answers are not kept").is_visible()
    assert len(lab.votes(site.ws, "seen")) == 0
    assert lab.store(site.ws).open_launch("seen") is None


def test_the_voting_page_fits_a_phone(console, site):
    _copy_of_toy(site.ws, "phone")
    console.set_viewport_size({"width": 390, "height": 844})
    console.goto(f"{site.url}/voting?study=phone")
    console.wait_for_selector("text=Launch and make links")
    assert console.evaluate("document.documentElement.scrollWidth") <= 390


def _copy_of_toy(ws, study_id):
    """Make another study of the toy's clips and pairs, and return its folder."""
    shutil.copytree(ws.folder("toy").path, ws.root / study_id)
    toml = ws.root / study_id / "study.toml"
    toml.write_text(toml.read_text().replace('id = "toy"', f'id = "{study_id}"', 1))
    return ws.folder(study_id)
