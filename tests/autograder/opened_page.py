"""A page opened in headless Chromium, and what goes wrong meanwhile."""

import shutil
from pathlib import Path

from playwright.sync_api import Page


def opened(playwright: object, path: Path, width: int = 1000) -> list[str]:
    """What goes wrong when a page is opened: messages, requests elsewhere, sideways scrolling."""
    browser = playwright.chromium.launch(  # type: ignore[attr-defined]
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    )
    try:
        page: Page = browser.new_page(viewport={"width": width, "height": 800})
        seen: list[str] = []
        page.on("console", lambda message: seen.append(message.text))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("dialog", lambda dialog: seen.append(dialog.message))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("data:", path.as_uri()))
                else seen.append(request.url)
            ),
        )
        page.goto(path.as_uri())
        page.wait_for_timeout(200)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            seen.append("it scrolls sideways")
        return seen
    finally:
        browser.close()
