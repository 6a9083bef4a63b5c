"""A real Chromium that opens pages from disk, and tells what they say and ask for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.parts.require import unavailable

PART: Final = "chromium"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
# Nothing of its own goes out either, so that a request in a test is the page's.
FLAGS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WAIT_MS: Final = 120_000.0  # for a busy machine; a test ends long before


@attrs.define
class Opened:
    """A page in its browser, and what came of opening it."""

    page: Page
    said: list[str] = attrs.Factory(list)
    asked: list[str] = attrs.Factory(list)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Chromium, with a profile of its own, until the block ends.

    While it runs the thread has Playwright's event loop, and no `asyncio.run` can: hold it no
    longer than a module of tests.
    """
    program = find_program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, place: Path, **context: Any) -> Iterator[Opened]:
    """Open the file, in a context of its own (`browser.new_context`'s arguments), offline."""
    own = browser.new_context(offline=True, **context)
    try:
        found = Opened(own.new_page())
        found.page.set_default_timeout(WAIT_MS)
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.goto(place.as_uri())
        yield found
    finally:
        own.close()


def opening(browser: Browser, place: Path) -> float:
    """Seconds of the page's own process's processor time from its start until it is painted."""
    with opened(browser, place) as found:
        page = found.page
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "ProcessTime"))


def find_program() -> str:
    """The browser to run; ends the test as unavailable when there is none.

    ``ANSWERABLE_CHROMIUM`` names it, else it is on PATH.
    """
    if named := os.environ.get("ANSWERABLE_CHROMIUM"):
        if not (program := shutil.which(named)):
            # Named on purpose, so not a reason to skip.
            pytest.fail(f"ANSWERABLE_CHROMIUM names no program: {named}", pytrace=False)
        return program
    for name in NAMES:
        if program := shutil.which(name):
            return program
    return unavailable(PART, "no Chromium on PATH: run scripts/install-chromium")
