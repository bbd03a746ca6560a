"""The built book in headless Chromium, without a network: every page works, for everyone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from check_looks import measure, settle
from execute_pages import book_pages
from paths import ROOT
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

pytestmark = [pytest.mark.book, pytest.mark.browser]

PAGES = [path.relative_to(ROOT).with_suffix("").as_posix() for path in book_pages(ROOT)]
MATHS = re.compile(r'<(?:span|div) class="math\b')
NOT_UNDERSTOOD = "mjx-merror, mjx-mtext[style*='color: red']"  # the second: undefined macros
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_THE_THEME = {
    "label-content-name-mismatch",  # its search button and its switch of colours
    "region",  # its logo is outside the landmarks
}


class Watch:
    """Notes what a page does that it should not.

    Args:
        home: what addresses of the book itself begin with.
    """

    def __init__(self, page: Page, home: str = "file:") -> None:
        self.home = home
        self.problems: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", lambda request: self.problems.append(f"failed: {request.url}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.problems.append(f"request: {request.url}")


def open_page(page: Page, site: Path, name: str) -> None:
    """Open a page of the book, and wait until its formulas are set and drawn."""
    page.goto((site / f"{name}.html").as_uri())
    page.evaluate("async () => { await window.MathJax?.startup?.promise }")
    for _ in range(2):
        page.evaluate("() => new Promise(resolve => requestAnimationFrame(resolve))")


def unfold(page: Page) -> None:
    """Open whatever is folded."""
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")


def violations(
    page: Page, rules: list[str], without: Sequence[str] = (), outside: str = ""
) -> list[str]:
    """What axe finds, but for what is the theme's and what axe misreads.

    Args:
        rules: the tags or names of the rules.
        without: names of rules among them that are left out.
        outside: a selector of elements that are not looked at.
    """
    options = {
        "runOnly": rules,
        "rules": {name: {"enabled": False} for name in without},
        "resultTypes": ["violations"],
    }
    context = {"exclude": [[outside]]} if outside else None
    results = Axe().run(page, context=context, options=options)
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in results.response["violations"]
        if violation["id"] not in OF_THE_THEME
        for node in violation["nodes"]
        if not (violation["id"] == "empty-table-header" and has_formula(page, node["target"][0]))
    ]


def has_formula(page: Page, selector: str) -> bool:
    """Whether an element holds a formula: axe does not count MathJax's MathML as text."""
    return page.locator(selector).first.locator("mjx-container").count() > 0


@dataclass(frozen=True)
class Opened:
    """A page of the book in the browser, and what it has done since it was opened."""

    name: str
    page: Page
    watch: Watch
    html: str


@pytest.fixture(scope="module", params=PAGES)
def opened(request: pytest.FixtureRequest, site: Path, browser: Browser) -> Iterator[Opened]:
    """Each page is opened once, on a phone: to set its formulas takes longer than to look at it."""
    phone = {"width": 390, "height": 844}
    with browser.new_context(offline=True, reduced_motion="reduce", viewport=phone) as context:
        page = context.new_page()
        watch = Watch(page)
        open_page(page, site, request.param)
        html = (site / f"{request.param}.html").read_text("utf8")
        yield Opened(request.param, page, watch, html)


def test_a_page_fits_a_phone(opened):
    unfold(opened.page)
    assert opened.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert violations(opened.page, ["scrollable-region-focusable"]) == []


def test_a_page_shows_everything_and_asks_for_nothing(opened):
    page = opened.page
    assert page.locator("mjx-container").count() == len(MATHS.findall(opened.html))
    assert page.locator(NOT_UNDERSTOOD).count() == 0
    broken = page.evaluate(
        "() => [...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src)"
    )
    assert broken == []
    assert opened.watch.problems == []


def test_a_page_is_accessible(opened):
    """By all rules but that of colours, and but for formulas: the next test looks at each kind."""
    page = opened.page
    page.set_viewport_size({"width": 1280, "height": 720})
    settle(page)
    assert violations(page, AXE_RULES, without=["color-contrast"], outside="mjx-container") == []


def test_nothing_is_wider_than_its_column_or_cut_off(opened):
    assert list(measure(opened.page)) == []


class Kinds(HTMLParser):
    """Collects the kinds of elements in a page: those of one tag and class look alike."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split() or [""]
        self.found |= {(tag, re.sub(r"\d+", "", name)) for name in classes}


def covering(pages: dict[str, set[tuple[str, str]]]) -> list[str]:
    """Choose pages that together have every kind of element, the richest first."""
    missing = set().union(*pages.values())
    chosen = []
    while missing:
        chosen.append(max(pages, key=lambda name: len(pages[name] & missing)))
        missing -= pages[chosen[-1]]
    return chosen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_element_can_be_read_in_every_colour(site, offline, scheme):
    kinds = {name: Kinds((site / f"{name}.html").read_text("utf8")).found for name in PAGES}
    rules = AXE_RULES if scheme == "light" else ["color-contrast"]
    found = {}
    for name in covering(kinds):
        page = offline(color_scheme=scheme).new_page()
        open_page(page, site, name)
        unfold(page)
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        found[name] = violations(page, rules)
        page.context.close()
    assert not any(found.values()), found


def test_the_first_page_leads_to_the_front_page(site, offline):
    page = offline().new_page()
    page.goto((site / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")
    expect(page.locator("article h1")).to_contain_text("Unrolled")


def found_pages(page: Page) -> set[str]:
    """The pages that a search lists."""
    links = page.locator("#search-results li a")
    expect(links.first).to_be_visible()
    return {re.split("[?#]", link.get_attribute("href"))[0] for link in links.all()}


WORDS = pytest.mark.parametrize(
    ("word", "name"), [("perplexity", "book/rnn/language-model"), ("Elman", "book/rnn/cell")]
)


@WORDS
def test_the_search_finds_a_word(site, served, browser, word, name):
    with browser.new_context() as context:
        page = context.new_page()
        watch = Watch(page, served)
        page.goto(f"{served}/search.html?q={word}")
        assert f"{name}.html" in found_pages(page)
        page.wait_for_load_state("networkidle")
        expect(
            page.locator("#search-results mark, #search-results .highlighted").first
        ).to_be_attached()
        assert watch.problems == []


@WORDS
def test_the_search_finds_a_word_in_a_copy_on_disk(site, offline, word, name):
    page = offline().new_page()
    page.goto((site / "search.html").as_uri() + f"?q={word}")
    assert f"{name}.html" in found_pages(page)


def test_a_quiz_is_answered_with_the_keyboard(site, offline):
    page = offline().new_page()
    open_page(page, site, "book/rnn/quiz")
    question = page.locator('quiz-question[data-kind="one"]').first
    options = question.locator(".quiz-option")
    right = [o.get_attribute("data-right") for o in options.all()].index("true")
    wrong = 0 if right else 1

    check = question.get_by_role("button", name="Check")
    check.press("Enter")
    expect(question.locator(".quiz-status")).to_have_text("Choose an option first.")

    radios = question.get_by_role("radio")
    for choice, verdict in ((wrong, "Not this one."), (right, "Right.")):
        radios.nth(choice).focus()
        page.keyboard.press("Space")
        expect(question.locator(".quiz-feedback:visible")).to_have_count(0)
        page.keyboard.press("Enter")
        feedback = options.nth(choice).locator(".quiz-feedback")
        expect(feedback).to_be_visible()
        expect(feedback).to_contain_text(verdict)
        expect(question.locator(".quiz-feedback:visible")).to_have_count(1)

    question.get_by_role("button", name="Show all answers").press("Enter")
    expect(question.locator(".quiz-feedback:visible")).to_have_count(options.count())


def test_a_quiz_with_several_right_options_counts_them(site, offline):
    page = offline().new_page()
    open_page(page, site, "book/rnn/quiz")
    question = page.locator('quiz-question[data-kind="several"]').first
    options = question.locator(".quiz-option")
    right = [o.get_attribute("data-right") == "true" for o in options.all()]
    boxes = question.get_by_role("checkbox")

    for index, _ in enumerate(right):
        boxes.nth(index).check()
    boxes.first.press("Enter")
    expect(question.locator(".quiz-status")).to_contain_text(f"Found {sum(right)} of {sum(right)}")
    for index, is_right in enumerate(right):
        boxes.nth(index).set_checked(is_right)
    boxes.first.press("Enter")
    expect(question.locator(".quiz-status")).to_have_text("All found, and nothing else.")


def test_a_quiz_keeps_the_score_and_leads_to_what_is_open(site, offline):
    page = offline().new_page()
    open_page(page, site, "book/rnn/quiz")
    score = page.locator(".quiz-score")
    following = score.get_by_role("button", name="Next unanswered question")
    questions = page.locator("quiz-question").all()
    count = len(questions)
    expect(score.get_by_role("status")).to_have_text(f"0 of {count} right, {count} to go")

    following.press("Enter")
    expect(questions[0].locator("input").first).to_be_focused()
    questions[1].get_by_role("button", name="Show all answers").press("Enter")
    expect(score.get_by_role("status")).to_have_text(f"0 of {count} right, {count - 1} to go")
    following.press("Enter")
    expect(questions[2].locator("input").first).to_be_focused()

    for question in questions:
        for right in question.locator('.quiz-option[data-right="true"] input').all():
            right.check()
        question.get_by_role("button", name="Check").press("Enter")
    expect(score.get_by_role("status")).to_have_text(f"{count} of {count} right")
    expect(following).to_be_hidden()


def test_a_quiz_works_without_javascript(site, offline):
    page = offline(java_script_enabled=False).new_page()
    page.goto((site / "book/rnn/quiz.html").as_uri())
    option = page.locator(".quiz-option").first
    expect(option.locator(".quiz-feedback")).to_be_hidden()
    option.locator("summary").press("Enter")
    expect(option.locator(".quiz-feedback")).to_be_visible()


def test_a_quiz_is_answered_on_paper(site, offline):
    page = offline().new_page()
    open_page(page, site, "book/rnn/quiz")
    page.emulate_media(media="print")
    options = page.locator(".quiz-option").count()
    expect(page.locator(".quiz-feedback:visible")).to_have_count(options)
    expect(page.locator(".quiz-buttons:visible")).to_have_count(0)


def test_the_assignment_can_be_downloaded(site):
    html = (site / "book/rnn/assignment.html").read_text("utf8")
    links = re.findall(r'<a class="reference download internal"[^>]*href="([^"]*)"', html)
    assert sorted(Path(link).name for link in links) == ["rnn.ipynb", "rnn.zip"]
    released = ROOT / "build" / "course" / "release" / "rnn" / "rnn.ipynb"
    (notebook,) = (site / "book/rnn" / link for link in links if link.endswith(".ipynb"))
    assert notebook.read_bytes() == released.read_bytes()


def test_the_sources_are_not_published(site):
    assert not (site / "_sources").exists()
