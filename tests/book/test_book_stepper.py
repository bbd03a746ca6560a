"""The figure to step through, in the built book: by keys, by touch, on paper, without a script."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from test_book_pages import Watch, open_page

pytestmark = [pytest.mark.book, pytest.mark.browser]

PAGE = "book/bptt/derivation"
STAGES = 12  # the start, three steps, the loss, twice three steps back, the sum


def told(stepper: Locator) -> Locator:
    return stepper.locator(".stepper-told")


def shown_terms(stepper: Locator) -> int:
    """How many terms of the sum can be seen: texts such as "h2 · da3"."""
    texts = stepper.locator("svg text", has_text=re.compile("·.*da")).all()
    return sum(text.is_visible() for text in texts)


def test_the_keyboard_goes_forward_and_back(site, offline):
    page: Page = offline().new_page()
    watch = Watch(page)
    open_page(page, site, PAGE)
    stepper = page.locator("bptt-stepper")
    slider = stepper.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    expect(told(stepper)).to_contain_text("Before the first step")
    assert shown_terms(stepper) == 0

    step = stepper.get_by_role("button", name="Next")
    step.focus()
    seen = []
    for _ in range(STAGES - 1):
        page.keyboard.press("Enter")
        seen.append(shown_terms(stepper))
    assert seen == [0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3]
    expect(told(stepper)).to_contain_text("All steps have added their term")
    expect(step).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")  # at the end it stays there, and the button keeps the focus
    expect(told(stepper)).to_contain_text("All steps have added their term")
    expect(step).to_be_focused()

    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(told(stepper)).to_contain_text("Backward, step 1: the slope")
    page.keyboard.press("Home")
    expect(told(stepper)).to_contain_text("Before the first step")
    assert shown_terms(stepper) == 0
    assert watch.problems == []


def test_it_opens_with_the_forward_pass_drawn_and_the_way_back_as_a_ghost(site, offline):
    page = offline().new_page()
    open_page(page, site, PAGE)
    stepper = page.locator("bptt-stepper")
    expect(told(stepper)).to_contain_text("The loss")
    opacities = stepper.locator("svg").evaluate(
        """svg => ["line.hidden", "line.output", "line.gradient"].map(
               kind => [...svg.querySelectorAll(kind)].map(
                   line => getComputedStyle(line.parentElement).opacity))"""
    )
    assert [set(values) for values in opacities] == [{"1"}, {"1"}, {"0.3"}]
    assert shown_terms(stepper) == 0  # the numbers of what is to come are not given away


def test_on_a_phone_the_controls_stay_while_the_drawing_is_seen(site, offline):
    page = offline(viewport={"width": 390, "height": 500}).new_page()
    open_page(page, site, PAGE)
    stepper = page.locator("bptt-stepper")
    stepper.locator(".stepper-picture").evaluate("e => e.scrollIntoView({block: 'start'})")
    expect(stepper.get_by_role("button", name="Next")).to_be_in_viewport(ratio=1)
    smallest = stepper.locator("svg").evaluate(
        "svg => 15 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
    )
    assert smallest >= 9


@pytest.mark.parametrize("width", [1280, 390])
def test_no_number_reaches_beyond_the_drawing(site, offline, width):
    page = offline(viewport={"width": width, "height": 900}).new_page()
    open_page(page, site, PAGE)
    stepper = page.locator("bptt-stepper")
    stepper.get_by_role("slider").focus()
    page.keyboard.press("End")
    cut_off = stepper.locator("svg").evaluate(
        """svg => [...svg.querySelectorAll("text")].filter(text => {
               const inner = text.getBBox(), outer = svg.viewBox.baseVal;
               return inner.x < 0 || inner.x + inner.width > outer.width
                   || inner.y < 0 || inner.y + inner.height > outer.height;
           }).map(text => text.textContent)"""
    )
    assert cut_off == []


def test_there_is_one_running_sum_at_a_time(site, offline):
    page = offline().new_page()
    open_page(page, site, PAGE)
    stepper = page.locator("bptt-stepper")
    sums = stepper.locator("svg text.big")
    stepper.get_by_role("slider").press("Home")
    step = stepper.get_by_role("button", name="Next")
    for stage in range(1, STAGES):
        step.press("Enter")
        visible = sum(text.is_visible() for text in sums.all())
        assert visible == (stage >= 6), stage


def test_on_a_phone_what_is_new_is_brought_into_view(site, offline):
    page = offline(viewport={"width": 390, "height": 844}, has_touch=True).new_page()
    open_page(page, site, PAGE)
    stepper = page.locator("bptt-stepper")
    step = stepper.get_by_role("button", name="Next")
    for _ in range(5):
        step.tap()
    picture = stepper.locator(".stepper-picture").bounding_box()
    new = stepper.locator("svg .new-part").last.bounding_box()
    assert picture["x"] <= new["x"] + new["width"] / 2 <= picture["x"] + picture["width"]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_without_a_script_all_is_there(site, offline):
    page = offline(java_script_enabled=False).new_page()
    page.goto((site / f"{PAGE}.html").as_uri())
    stepper = page.locator("bptt-stepper")
    expect(stepper.locator(".stepper-steps > li")).to_have_count(STAGES)
    expect(stepper.locator(".stepper-steps > li").last).to_be_visible()
    assert shown_terms(stepper) == 3
    assert [text.is_visible() for text in stepper.locator("svg text.big").all()] == [
        False,
        False,
        True,
    ]


def test_on_paper_all_is_there(site, offline):
    page = offline().new_page()
    open_page(page, site, PAGE)
    page.emulate_media(media="print")
    stepper = page.locator("bptt-stepper")
    expect(stepper.locator(".stepper-steps > li").last).to_be_visible()
    expect(stepper.get_by_role("button", include_hidden=True).first).to_be_hidden()
    assert shown_terms(stepper) == 3
    assert sum(text.is_visible() for text in stepper.locator("svg text.big").all()) == 1
