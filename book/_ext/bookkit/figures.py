"""Figures that cells draw become part of the page: SVG with the page's colours and fonts.

An SVG in an ``<img>`` cannot see the page's style sheet. Written into the page, its colours are CSS
variables: the same drawing is right on a light page, on a dark one and on paper. ``book.css`` has
the variables.
"""

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from matplotlib._mathtext_data import latex_to_bakoma, tex2uni
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

from course_lib.plots.primitives.style import CATEGORIES, COLORS, tint

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
SMALLEST = 9.0
"""How many pixels high a label is at least. Where that is too wide, the figure scrolls."""

COLOUR = re.compile(r"#[0-9a-f]{6}\b")
NUMBER = re.compile(r"-?\d+\.\d+")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
MATHS = {"cmmi10": "mi", "cmr10": "mo", "cmsy10": "mo", "STIXGeneral": "mo"}
ACCENTS = {"\u0302": "^", "\u0303": "~", "\u0304": "\u00af", "\u0307": "\u02d9"}


class svg_figure(nodes.General, nodes.Inline, nodes.Element):
    """A drawing: ``svg`` is its markup."""


@cache
def css_colours() -> dict[str, str]:
    """What each colour of a figure is on a page, by its hexadecimal code."""
    surface = "var(--pst-color-background)"
    table = {"#000000": "var(--pst-color-text-base)", COLORS["surface"].lower(): surface}
    for number, colour in enumerate(CATEGORIES, start=1):
        table[colour.lower()] = f"var(--line-{number})"
    roles = sorted(COLORS.keys() - {"surface"})
    for role in roles:
        table[COLORS[role].lower()] = f"var(--role-{role})"
    for percent in range(99, 0, -1):
        for role in roles:
            mixed = f"color-mix(in srgb, var(--role-{role}) {percent}%, {surface})"
            table.setdefault(tint(role, percent / 100), mixed)
    return table


@cache
def glyphs() -> dict[tuple[str, str], str]:
    """The character that each code of matplotlib's fonts for formulas stands for."""
    table: dict[tuple[str, str], str] = {}
    for symbol, (font, code) in latex_to_bakoma.items():
        known = tex2uni.get(symbol.lstrip("\\"), ord(symbol) if len(symbol) == 1 else None)
        if known is not None:
            table.setdefault((font, chr(code)), ACCENTS.get(chr(known), chr(known)))
    return table


def page_svg(svg: str, alt: str) -> str:
    """Rewrite a drawing of matplotlib's so that it can be a part of a page.

    Args:
        svg: the file, its text kept as text.
        alt: what it shows, for those who do not see it.

    Returns:
        The markup: colours as CSS variables, fonts as classes, its ids its own.

    Raises:
        ValueError: if it has a bitmap, a colour that pages do not know, or a symbol that grows.
    """
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (SVG + "metadata", SVG + "style"):
                parent.remove(child)
    prefix = "fig" + hashlib.sha256((svg + alt).encode()).hexdigest()[:8] + "-"
    used = set(_references(root))
    for element in root.iter():
        if element.tag == SVG + "image":
            raise ValueError("a bitmap in a figure: draw it with pcolormesh")
        _rewrite(element, prefix, used)
    for group in root.iter(SVG + "g"):
        _hoist(group)
    *_, width, height = map(float, root.attrib["viewBox"].split())
    narrowest = min(width * 4 / 3, SMALLEST * width / min(_label_sizes(root), default=SMALLEST))
    head = (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(alt)}" '
        f'style="width: {width * 4 / 3:.0f}px; min-width: {narrowest:.0f}px">'
    )
    return head + "".join(map(_markup, root)) + "</svg>"


def _references(root: ET.Element) -> Iterable[str]:
    for element in root.iter():
        for value in element.attrib.values():
            yield from REFERENCE.findall(value)
        yield element.get(XLINK + "href", "#")[1:]


def _rewrite(element: ET.Element, prefix: str, used: set[str]) -> None:
    attributes = element.attrib
    name = attributes.pop("id", None)
    if name in used:
        attributes["id"] = prefix + str(name)
    target = attributes.pop(XLINK + "href", None)
    if target:
        attributes["href"] = "#" + prefix + target[1:]
    for key in ("clip-path", "style"):
        if key in attributes:
            attributes[key] = REFERENCE.sub(rf"url(#{prefix}\1)", attributes[key])
    if attributes.get("transform", "").startswith("rotate(-0 "):
        del attributes["transform"]
    for key in ("d", "x", "y", "transform", "points"):
        if key in attributes:
            text = NUMBER.sub(lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), attributes[key])
            attributes[key] = " ".join(text.split())
    style: dict[str, str] = {}
    for declaration in attributes.pop("style", "").split(";"):
        key, _, value = declaration.partition(":")
        if value:
            style[key.strip()] = value.strip()
    family = style.pop("font-family", "").split(",")[0].strip(" '")
    if family in MATHS:
        attributes["class"] = MATHS[family]
        style.pop("font-style", None)
        element.text = "".join(glyphs().get((family, c), c) for c in element.text or "")
    elif family == "cmex10":
        raise ValueError("a root, a sum or large brackets in a figure: write it without")
    elif "Mono" in family:
        attributes["class"] = "mono"
    if style:
        attributes["style"] = "; ".join(f"{k}: {_css_value(v)}" for k, v in style.items())


def _hoist(group: ET.Element) -> None:
    """Write once, on the group, what all its parts say alike."""
    parts = list(group)
    if len(parts) < 2 or any(part.tag == SVG + "g" for part in parts):
        return
    said = [set(filter(None, part.get("style", "").split("; "))) for part in parts]
    shared = set.intersection(*said)
    if shared:
        group.set("style", "; ".join(sorted(shared)))
    for part, own in zip(parts, said, strict=True):
        part.attrib.pop("style", None)
        if own - shared:
            part.set("style", "; ".join(sorted(own - shared)))
    clips = {part.get("clip-path") for part in parts}
    if len(clips) == 1 and None not in clips and "clip-path" not in group.attrib:
        group.set("clip-path", str(clips.pop()))
        for part in parts:
            del part.attrib["clip-path"]


def _css_value(value: str) -> str:
    try:
        return COLOUR.sub(lambda m: css_colours()[m[0]], value)
    except KeyError as error:
        raise ValueError(f"a colour that pages do not know: {error}") from None


def _label_sizes(root: ET.Element) -> Iterable[float]:
    """The size of each label: of a formula, that of its largest letters."""
    for label in root.iter(SVG + "text"):
        sizes = [
            float(size)
            for part in label.iter()
            for size in re.findall(r"font-size: ([\d.]+)px", part.get("style", ""))
        ]
        if sizes:
            yield max(sizes)


def _markup(element: ET.Element) -> str:
    name = element.tag.removeprefix(SVG)
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in element.attrib.items())
    inside = escape(element.text or "", quote=False) if name in ("text", "tspan") else ""
    inside += "".join(map(_markup, element))
    if name == "g" and not attributes:
        return inside
    if name == "defs" and not inside:
        return ""
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


class InlineFigures(SphinxPostTransform):
    """Put the drawings that cells made into the page, instead of a link to their file."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for image in list(self.document.findall(nodes.image)):
            path = Path(self.env.srcdir) / image["uri"]
            if path.suffix == ".svg" and "jupyter_execute" in path.parts:
                try:
                    svg = page_svg(path.read_text("utf8"), image.get("alt", ""))
                except ValueError as error:
                    raise ExtensionError(f"{self.env.docname}: {error}") from error
                image.replace_self(svg_figure("", svg=svg))


def visit_svg_figure(self, node: svg_figure) -> None:
    self.body.append(f'<div class="plot">{node["svg"]}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_node(svg_figure, html=(visit_svg_figure, None))
    app.add_post_transform(InlineFigures)
