"""A simulated viewer in a real browser: reads the pages, presses the keys, waits for the pictures."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qualab.errors import InputError, ToolMissing
from qualab.lab.rehearsal.answer import Answer, Part
from qualab.study.presentations import PRESENTATIONS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


_FLAGS = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
_PATIENCE_MS = 60_000
_LOOK_MS = 100
_TRIES = 8


@contextmanager
def open_browser() -> Iterator["Chromium"]:
    """Give a Chromium without windows; ToolMissing where it or Playwright is not there."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise ToolMissing("--browser", "Playwright is not installed", "pip install playwright") from None
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    # Chromium refuses its sandbox to root, as in most containers.
    flags = [*_FLAGS, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable, args=flags)
        except Error as error:
            reason = str(error).strip().partition("\n")[0]
            hint = "install Chromium: playwright install chromium"
            raise ToolMissing("--browser", f"Chromium does not start ({reason[:160]})", hint) from None
        try:
            yield Chromium(browser)
        finally:
            browser.close()


class Chromium:
    """A browser that many simulated viewers use one after the other, each with cookies of its own."""

    def __init__(self, browser: "Browser") -> None:
        self._browser = browser

    def answer(self, url: str, part: Part, tell: Callable[[str], None]) -> None:
        """Go through a whole session; `tell` hears the status of every answer stored.

        Raises:
            InputError: the pages do not go on.
        """
        from playwright.sync_api import Error

        context = self._browser.new_context(viewport={"width": 1920, "height": 1080})
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        try:
            page.goto(f"{url}/join/{part.token}")
            _enter(page)
            while "trial_id" in (shown := _trial(page)):
                _watch(page, shown)
                tell(_vote(page, part.answers[shown["position"]]))
        except Error as error:
            reason = str(error).strip().partition("\n")[0]
            hint = "open the study as a preview in the console and look"
            raise InputError(url, f"does not let a simulated viewer go on in Chromium ({reason[:160]})", hint) from None
        finally:
            context.close()


def _enter(page: "Page") -> None:
    """Read the welcome page: agree, answer its questions, begin; again where it was not all there yet."""
    from playwright.sync_api import TimeoutError

    player = page.locator(".player")
    for _ in range(_TRIES):
        page.locator("button[kind^=primary]").wait_for()
        for box in page.get_by_role("checkbox", checked=False).all():
            box.check(force=True)
        for question in page.get_by_role("radiogroup").all():
            # The last answer is always that one does not say.
            question.locator("label").last.click()
        page.locator("button[kind^=primary]").click()
        try:
            player.wait_for(timeout=_PATIENCE_MS / _TRIES)
        except TimeoutError:
            continue
        return
    player.wait_for(timeout=_LOOK_MS)


def _trial(page: "Page") -> dict[str, Any]:
    trial: dict[str, Any] = page.evaluate("() => fetch('/api/trial').then((answer) => answer.json())")
    return trial


def _watch(page: "Page", shown: dict[str, Any]) -> None:
    """Wait until this showing may be answered, and do what a viewer must for that."""
    at = f'.player[data-trial="{shown["trial_id"]}"][data-attempt="{shown["attempt"]}"]'
    enabled = page.locator(f"{at} button.vote:enabled").first
    keys: list[str] | None = None
    for _ in range(_PATIENCE_MS // _LOOK_MS):
        if enabled.is_visible():
            return
        rest = page.locator(".next:visible, .go:visible").first
        if rest.is_visible():
            rest.click()
        elif keys != [] and page.locator(f'{at}[data-state="showing"]').is_visible():
            keys = keys or _required_keys(page, at)
            if keys:
                page.keyboard.press(keys.pop(0))
        page.wait_for_timeout(_LOOK_MS)
    enabled.wait_for(timeout=_LOOK_MS)


def _required_keys(page: "Page", at: str) -> list[str]:
    """Return the keys to press for the presentation in force: two wide pictures are shown one at a time."""
    return next(list(row.required_keys) for row in PRESENTATIONS.values() if page.locator(f"{at}.{row.id}").count())


def _vote(page: "Page", answer: Answer) -> str:
    for tag in answer.reasons:
        page.locator("button.tag", has_text=tag).first.click()
    score = "" if answer.score is None else f'[data-score="{answer.score}"]'
    with page.expect_response("**/api/vote") as receipt:
        page.locator(f'button.vote[data-choice="{answer.side}"]{score}').click()
    return str(receipt.value.json().get("status"))
