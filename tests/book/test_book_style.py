"""Colours are the same on pages and in figures, and readable."""

import re

import pytest
from paths import ROOT

from course_lib.plots.primitives.style import CATEGORIES, COLORS

CSS = (ROOT / "book" / "_static" / "css" / "book.css").read_text()
ROLES = sorted(set(COLORS) - {"surface"})
WHITE, DARK, DARK_SURFACE = "#FFFFFF", "#121212", "#29313D"


def variables(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r" \{([^}]*--role-input[^}]*)\}", CSS)
    return dict(re.findall(r"--role-(\w+): (#[0-9A-F]{6});", block[1]))


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast():
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast(WHITE, WHITE) == pytest.approx(1)


def test_pages_and_figures_have_the_same_colours():
    assert variables(":root") == {role: COLORS[role] for role in ROLES}


def line_colours(selector: str) -> list[str]:
    block = re.search(re.escape(selector) + r" \{([^}]*--line-1[^}]*)\}", CSS)
    return re.findall(r"--line-\d: (#[0-9A-F]{6});", block[1])


def test_curves_have_the_same_colours_on_pages_and_in_figures_and_stand_out():
    assert line_colours(":root") == list(CATEGORIES)
    assert min(contrast(colour, WHITE) for colour in CATEGORIES) >= 3
    dark = line_colours('html[data-theme="dark"]')
    assert len(set(dark)) == len(CATEGORIES)
    assert min(contrast(colour, DARK) for colour in dark) >= 3


@pytest.mark.parametrize("role", ROLES)
def test_text_in_a_roles_colour_is_readable(role):
    assert contrast(variables(":root")[role], WHITE) >= 4.5
    dark = variables('html[data-theme="dark"]')[role]
    assert contrast(dark, DARK) >= 4.5
    assert contrast(dark, DARK_SURFACE) >= 4.5


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"neutral"}))
def test_each_role_can_be_used_in_text_and_in_formulas(role):
    assert f".role-{role} {{ color: var(--role-{role}); }}" in CSS
    settings = (ROOT / "_config.yml").read_text()
    assert f"c{role}: ['\\class{{role-{role}}}{{#1}}', 1]" in settings
