import pytest

from qualab import lab

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
