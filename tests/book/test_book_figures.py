"""Figures in the page: its colours and fonts, ids of their own, readable on a phone."""

import io
import re
import xml.etree.ElementTree as ET

import build_book
import matplotlib as mpl
import numpy as np
import pytest
from bookkit.figures import css_colours, glyphs, page_svg
from matplotlib.figure import Figure

mpl.use("Agg")

from course_lib.plots.primitives.curves import line_plot
from course_lib.plots.primitives.drawing import canvas, draw_arrow, draw_node, draw_text
from course_lib.plots.primitives.style import COLORS, shades


def saved(figure: Figure) -> str:
    file = io.StringIO()
    figure.savefig(file, format="svg", facecolor="none", metadata={"Date": None})
    return file.getvalue()


def drawing(*texts: str, width: float = 6.0) -> Figure:
    figure, ax = canvas(width, 3)
    for i, text in enumerate(texts):
        draw_text(ax, 1.5, 0.5 + i, text, fontsize=12)
    return figure


def test_colours_are_those_of_the_page():
    figure, ax = canvas(6, 3)
    node = draw_node(ax, 1, 1, "a", "memory")
    draw_arrow(ax, node, (5, 1), role="gradient")
    svg = page_svg(saved(figure), "A node.")
    assert not re.search(r"#[0-9a-fA-F]{6}", svg)
    assert "stroke: var(--role-gradient)" in svg
    assert "color-mix(in srgb, var(--role-memory) 14%, var(--pst-color-background))" in svg


def test_every_shade_of_a_role_is_known_to_pages():
    known = css_colours()
    for role in COLORS.keys() - {"surface"}:
        for part in shades(role, 0.0).colors:
            assert mpl.colors.to_hex(part) in known


def test_a_colour_that_pages_do_not_know_is_refused():
    figure, ax = canvas(3, 3)
    ax.plot([0, 1], [0, 1], color="#123456")
    with pytest.raises(ValueError, match="#123456"):
        page_svg(saved(figure), "A line.")


def test_a_bitmap_is_refused():
    figure, ax = canvas(3, 3)
    ax.imshow(np.eye(2))
    with pytest.raises(ValueError, match="pcolormesh"):
        page_svg(saved(figure), "Squares.")


def test_a_symbol_that_grows_is_refused():
    with pytest.raises(ValueError, match="root"):
        page_svg(saved(drawing(r"$\sqrt{T}$")), "A root.")


def test_letters_of_formulas_are_characters_in_the_fonts_of_formulas():
    svg = page_svg(saved(drawing(r"$dh_t \odot \tau$", r"$\nabla L \geq 1$")), "Formulas.")
    texts = re.findall(r'<tspan class="(\w+)"[^>]*>([^<]*)', svg) + re.findall(
        r'<tspan[^>]*class="(\w+)"[^>]*>([^<]*)', svg
    )
    assert {("mi", "h"), ("mi", "τ"), ("mo", "⊙"), ("mo", "∇"), ("mo", "≥")} <= set(texts)
    assert glyphs()["cmsy10", "!"] == "→"


def test_words_stay_words():
    assert ">two words</text>" in page_svg(saved(drawing("two words")), "Words.")
    assert "a &lt; b" in page_svg(saved(drawing("a < b")), "An inequality.")


def test_it_says_what_it_shows():
    root = ET.fromstring(page_svg(saved(drawing("a")), 'One letter, "a".'))
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'One letter, "a".'


def test_ids_are_those_in_use_and_differ_from_figure_to_figure():
    def ids(alt: str) -> set[str]:
        svg = page_svg(saved(line_plot({"a": [1.0, 2.0]}, xlabel="", ylabel="")), alt)
        found = re.findall(r' id="([^"]+)"', svg)
        targets = re.findall(r'(?:href="|url\()#([^")]+)', svg)
        assert len(found) == len(set(found))
        assert set(found) == set(targets)
        return set(found)

    assert ids("one")
    assert not ids("one") & ids("two")


def test_the_same_figure_is_the_same_markup():
    one, two = (page_svg(saved(drawing("a", "$b$")), "Letters.") for _ in range(2))
    assert one == two


def test_a_figure_is_as_wide_as_its_labels_need():
    def widths(figure: Figure) -> tuple[int, int]:
        svg = page_svg(saved(figure), "Letters.")
        width, least = re.search(r"width: (\d+)px; min-width: (\d+)px", svg).groups()
        return int(width), int(least)

    width, least = widths(drawing("a"))
    assert width == pytest.approx(6 * 0.6 * 96, abs=1)
    assert least * 12 * 4 / 3 / width == pytest.approx(9, abs=0.1)
    assert widths(drawing("$h_t$"))[1] == least  # an index may be smaller


def test_a_page_holds_the_drawings_of_its_cells(build, tmp_path, monkeypatch):
    build_book.configure_kernels(tmp_path / "ipython")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    page = """\
---
file_format: mystnb
kernelspec: {display_name: Python 3, name: python3}
---
# Title

```{code-cell} python3
---
mystnb:
  figure: {name: fig-node, caption: One node.}
  image: {alt: "A node with the letter h."}
---
from course_lib.plots.primitives.drawing import canvas, draw_node
figure, ax = canvas(3, 3)
draw_node(ax, 1, 1, "h")
figure
```
"""
    built = build({"index": page}, "myst_nb", "bookkit.figures", nb_execution_mode="force")
    html = built.page()
    assert built.warnings == ""
    assert html.count('<svg viewBox="0 0') == 1
    assert 'aria-label="A node with the letter h."' in html
    assert "One node." in html
    assert "<img" not in html
