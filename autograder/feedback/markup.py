"""Notebook content as HTML that is safe to open: nothing in it runs, and nothing is fetched.

What students wrote is shown to instructors, and the other way round, so all that becomes HTML goes
through here. Formulas become MathML, which browsers show without a script.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import bleach
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from markupsafe import Markup
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES

MAX_TEXT = 100_000
MAX_FORMULA = 2_000
#: How many texts and how much of a text are kept as HTML for the next page that holds the same.
_CACHED, _MAX_CACHED = 1_000, 10_000
_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a abbr b blockquote br caption code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol "
        "p pre s span strong sub sup table tbody td tfoot th thead tr ul",
    )
)
_ATTRIBUTES: dict[str, list[str]] = {
    "a": ["href", "title"],
    "img": ["src", "alt", "title"],
    "code": ["class"],
    "span": ["class"],
    "div": ["class"],
    "pre": ["class"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
#: Classes of coloured code; any other could borrow the looks of the page around it.
_CLASSES = frozenset(STANDARD_TYPES.values()) | {"highlight"}
_BITMAPS = {
    "image/png": b"\x89PNG\r\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
_DATA_URL = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/=\s]*)\Z")
_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_MATH_TAGS = frozenset(
    re.findall(
        r"\w+",
        "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts "
        "mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover",
    )
)
_TOKEN = re.compile("\ue000([0-9]+)\ue001")


def code(source: str) -> Markup:
    """Render Python with its colours, as the inside of a <pre>."""
    return (_code if len(source) <= _MAX_CACHED else _code.__wrapped__)(_cut(source))


@lru_cache(maxsize=_CACHED)
def _code(source: str) -> Markup:
    return Markup(highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)))


def code_styles(style: str) -> str:
    """Return the style sheet that goes with `code`."""
    rules = HtmlFormatter(style=get_style_by_name(style)).get_style_defs(".code").splitlines()
    return "\n".join(rule for rule in rules if rule.startswith(".code .") and "linenos" not in rule)


def terminal(text: str) -> Markup:
    """Render what was printed, with its colours, as the inside of a <pre>."""
    return Markup(ansi2html(_cut(text)))


def clean(fragment: str) -> Markup:
    """Keep of HTML only what is harmless."""
    cleaned = bleach.clean(
        _cut(fragment),
        tags=_TAGS,
        attributes=_attribute_allowed,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
        strip_comments=True,
    )
    # Pictures whose source was refused show their text instead of a hole.
    cleaned = re.sub(r"<img(?![^>]*\ssrc=)[^>]*>", "[picture left out]", cleaned)
    return Markup(cleaned.replace("<a ", '<a rel="noopener noreferrer" '))


def _attribute_allowed(tag: str, name: str, value: str) -> bool:
    if name not in _ATTRIBUTES.get(tag, []):
        return False
    if name == "class":
        return set(value.split()) <= _CLASSES
    if tag == "img" and name == "src":
        return picture(value) is not None
    if tag == "a" and name == "href":
        return not value.lstrip().lower().startswith("data:")
    return True


def picture(url: str) -> str | None:
    """Return a data: URL if it holds a bitmap and nothing else; None otherwise."""
    match = _DATA_URL.match(url)
    if match is None:
        return None
    try:
        data = base64.b64decode("".join(match[2].split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return url if data.startswith(_BITMAPS[match[1]]) else None


def markdown(source: str, attachments: dict[str, Any] | None = None, demote: int = 0) -> Markup:
    """Render a Markdown cell: formulas as MathML, attached bitmaps in the page, nothing foreign.

    ``demote`` puts its headings that many levels below those of the page.
    """
    if attachments or len(source) > _MAX_CACHED:
        return _markdown(_cut(source), attachments or {}, demote)
    return _text(source, demote)


@lru_cache(maxsize=_CACHED)
def _text(source: str, demote: int) -> Markup:
    """Render a cell without pictures: most are the instructor's, and on every page."""
    return _markdown(source, {}, demote)


def _markdown(source: str, attachments: dict[str, Any], demote: int) -> Markup:
    formulas: list[Markup] = []
    renderer = _Renderer(formulas, attachments)
    text = source.replace("\ue000", "").replace("\ue001", "")
    made = str(clean(MarkdownWithMath(renderer=renderer).render(text)))
    made = re.sub(r"(</?h)([1-6])\b", lambda m: f"{m[1]}{min(int(m[2]) + demote, 6)}", made)
    return Markup(_TOKEN.sub(lambda match: str(formulas[int(match[1])]), made))


class _Renderer(IPythonRenderer):
    """nbconvert's Markdown, in which formulas are set aside while the rest is cleaned."""

    def __init__(self, formulas: list[Markup], attachments: dict[str, Any]) -> None:
        super().__init__(escape=False, attachments={}, exclude_anchor_links=True)
        self._formulas = formulas
        self._pictures = attachments

    def _set_aside(self, made: Markup) -> str:
        self._formulas.append(made)
        return f"\ue000{len(self._formulas) - 1}\ue001"

    def block_math(self, body: str) -> str:
        return self._set_aside(formula(body, block=True))

    def inline_math(self, body: str) -> str:
        return self._set_aside(formula(body))

    def multiline_math(self, text: str) -> str:
        return self._set_aside(formula(text, block=True))

    def latex_environment(self, name: str, body: str) -> str:
        return self._set_aside(formula(rf"\begin{{{name}}}{body}\end{{{name}}}", block=True))

    def _embed_image_or_attachment(self, src: str) -> str:
        bundle = self._pictures.get(src.removeprefix("attachment:"))
        if not src.startswith("attachment:") or not isinstance(bundle, dict):
            return src
        return next((f"data:{kind};base64,{data}" for kind, data in bundle.items()), src)


@lru_cache(maxsize=_CACHED)
def formula(tex: str, block: bool = False) -> Markup:
    """Render TeX as MathML; what cannot be converted is shown as it is written."""
    made = _mathml(tex, block) if len(tex) <= MAX_FORMULA else None
    if made is None:
        shown = html.escape(tex.strip()[:MAX_FORMULA])
        return Markup(f'<code class="tex">{shown}</code>')
    return Markup(f'<span class="formula">{made}</span>' if block else made)


def _mathml(tex: str, block: bool) -> str | None:
    tex = re.sub(r"\\(tag|label)\{[^{}]*\}", "", tex).replace(r"\dots", r"\ldots")
    tex = re.sub(r"\\(begin|end)\{equation\*?\}", "", tex)
    tex = re.sub(r"\\(begin|end)\{align\*?\}", r"\\\1{aligned}", tex)
    try:
        made = tex2mathml(tex, as_block=block)
        tree = ElementTree.fromstring(re.sub(r"&(?!(?:amp|lt|gt|quot|#\w+);)(\w+);", _entity, made))
    except (MathError, ElementTree.ParseError, ValueError, IndexError, KeyError, TypeError):
        return None
    except (AttributeError, RecursionError):
        return None
    return made if all(_is_plain(element) for element in tree.iter()) else None


def _entity(match: re.Match[str]) -> str:
    return html.escape(html.unescape(match[0]))


def _is_plain(element: ElementTree.Element) -> bool:
    known = element.tag.removeprefix(_MATHML) in _MATH_TAGS
    names: Iterable[str] = element.attrib
    return known and not any(n.startswith(("on", "href", "src", "{")) for n in names)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}\n... cut off here ..."
