"""Check in headless Chromium that pages fit a desk, a phone and paper.

python book/tools/check_looks.py [FOLDER] [PAGE ...]
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from paths import SITE
from playwright.sync_api import Browser, Page, sync_playwright

DESK, PHONE, PAPER = 1280, 390, 718  # the last: A4 without Chromium's margins, in CSS pixels

MEASURE = Path(__file__).with_suffix(".js").read_text()


def settle(page: Page) -> None:
    """Wait until formulas and fonts are there and drawn."""
    page.evaluate("""async () => {
        await window.MathJax?.startup?.promise;
        await document.fonts.ready;
        document.querySelectorAll('details').forEach((d) => d.open = true);
        for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    }""")


def measure(page: Page) -> Iterator[str]:
    """What of an opened page does not fit: on a desk, on a phone, and on paper."""
    for medium, width in (("desk", DESK), ("phone", PHONE), ("paper", PAPER)):
        page.emulate_media(media="print" if medium == "paper" else "screen")
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        yield from page.evaluate(MEASURE, [medium, medium == "phone"])
    page.emulate_media(media="screen")


def check_looks(site: Path, browser: Browser, names: list[str]) -> list[str]:
    """Measure pages of a built site.

    Args:
        site: its folder.
        browser: an open one.
        names: the pages, without their ``.html``.

    Returns:
        What does not fit, a line each.
    """
    context = browser.new_context(offline=True, reduced_motion="reduce")
    page = context.new_page()
    problems = []
    for name in names:
        page.goto((site / f"{name}.html").as_uri())
        problems += [f"{name}: {problem}" for problem in measure(page)]
    context.close()
    return problems


def main(site: Path, names: list[str]) -> bool:
    """Print what does not fit. Returns whether all does."""
    site = site.resolve()
    names = names or [
        path.relative_to(site).with_suffix("").as_posix() for path in site.glob("book/**/*.html")
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        problems = check_looks(site, browser, sorted(names))
        browser.close()
    print(*problems, sep="\n")
    return not problems


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(0 if main(Path(arguments[0]) if arguments else SITE, arguments[1:]) else 1)
