"""Notebook content as HTML that is safe to open: nothing in it runs, and nothing is fetched.

What students wrote is shown to instructors, and the other way round, so all that becomes HTML goes
through here. Formulas become MathML, which browsers show without a script.
"""

import html
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote
from xml.etree import ElementTree

import bleach
from docutils.utils.math.latex2mathml import tex2mathml
from markupsafe import Markup
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES

from autograder.limits import TooSlow, time_limit
from autograder.submissions.pictures import Attachments, decoded, set_aside

MAX_TEXT = 100_000
MAX_FORMULA = 2_000
#: Processor time for one cell.
MAX_SECONDS = 1.0
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
_ATTACHED = re.compile(r'<img\b[^>]*?\ssrc="attachment:([^"]*)"[^>]*>')
#: What a terminal takes for a command, colours aside.
_COMMAND = re.compile(
    "\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b[PX^_][^\x1b]*(?:\x1b\\\\)?|\x1b(?!\\[)"
)
#: Letters that show nothing, or turn the text around them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_LEFT_OUT = "[picture left out]"


@dataclass
class Room:
    """What the page of one submission may still hold, and may still take to make.

    Attributes:
        text: characters of sources, texts and outputs.
        pictures: characters of pictures.
        seconds: processor time.
        spent: what was used up, in words.
    """

    text: int = 2_000_000
    pictures: int = 12_000_000
    seconds: float = 8.0
    spent: set[str] = field(default_factory=set)

    def render(self, make: Callable[[str], Markup], text: str) -> Markup:
        """Make HTML of a text; what would take too long stays as it was written.

        Args:
            make: what renders it.
            text: what a cell holds; it is cut where it is too long.
        """
        text = _cut(text)
        if len(text) > self.text:
            self.spent.add("text")
            return Markup("[left out: this page is full]")
        self.text -= len(text)
        if self.seconds <= 0:
            self.spent.add("time")
            return plain(text)
        began = time.process_time()
        try:
            with time_limit(min(MAX_SECONDS, self.seconds)):
                return make(text)
        except TooSlow:
            self.spent.add("time")
            return plain(text)
        finally:
            self.seconds -= time.process_time() - began

    def admits(self, picture: str) -> bool:
        """Return whether a picture, as a URL, still has its place; it has taken it then."""
        if len(picture) > self.pictures:
            self.spent.add("pictures")
            return False
        self.pictures -= len(picture)
        return True


def plain(text: str) -> Markup:
    """Show a text as it was written."""
    return Markup('<span class="plain">{}</span>').format(_UNSEEN.sub("", text).replace("\x1b", ""))


def code(source: str) -> Markup:
    """Render Python with its colours, as the inside of a <pre>."""
    return (_code if len(source) <= _MAX_CACHED else _code.__wrapped__)(_cut(source))


@lru_cache(maxsize=_CACHED)
def _code(source: str) -> Markup:
    shown = _UNSEEN.sub("", source).replace("\x1b", "")
    return Markup(highlight(shown, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)))


def numbered(source: str) -> Markup:
    """Render Python as `code` does, each line in an element that the page numbers."""
    lines = code(source.rstrip("\n")).rstrip("\n").split("\n")
    return Markup("\n").join(
        Markup('<span class="line">{}</span>').format(Markup(n)) for n in lines
    )


def code_styles(style: str) -> str:
    """Return the style sheet that goes with `code`."""
    rules = HtmlFormatter(style=get_style_by_name(style)).get_style_defs(".code").splitlines()
    return "\n".join(rule for rule in rules if rule.startswith(".code .") and "linenos" not in rule)


def terminal(text: str) -> Markup:
    """Render what was printed, with its colours, as the inside of a <pre>."""
    return Markup(ansi2html(_UNSEEN.sub("", _COMMAND.sub("", _cut(text)))))


def clean(fragment: str) -> Markup:
    """Keep of HTML only what is harmless."""
    return Markup(_ATTACHED.sub(_LEFT_OUT, _cleaned(_cut(fragment))))


def _cleaned(fragment: str) -> str:
    cleaned = bleach.clean(
        fragment,
        tags=_TAGS,
        attributes=_attribute_allowed,
        protocols={"http", "https", "mailto", "data", "attachment"},
        strip=True,
        strip_comments=True,
    )
    # Pictures whose source was refused show their text instead of a hole.
    cleaned = re.sub(r"<img(?![^>]*\ssrc=)[^>]*>", _LEFT_OUT, cleaned)
    return cleaned.replace("<a ", '<a rel="noopener noreferrer" ')


def _attribute_allowed(tag: str, name: str, value: str) -> bool:
    if name not in _ATTRIBUTES.get(tag, []):
        return False
    if name == "class":
        return set(value.split()) <= _CLASSES
    if tag == "img" and name == "src":
        return value.startswith("attachment:") or picture(value) is not None
    if tag == "a" and name == "href":
        return not value.lstrip().lower().startswith(("data:", "attachment:"))
    return True


def picture(url: str) -> str | None:
    """Return a data: URL if it holds a bitmap and nothing else; None otherwise."""
    match = _DATA_URL.match(url)
    return url if match is not None and decoded(match[1], match[2]) is not None else None


def markdown(
    source: str,
    attachments: Attachments | None = None,
    demote: int = 0,
    room: Room | None = None,
) -> Markup:
    """Render a Markdown cell: formulas as MathML, attached bitmaps in the page, nothing foreign.

    Args:
        source: the cell's text.
        attachments: its pictures, by name.
        demote: how many levels its headings are put below those of the page.
        room: what the page may still hold; by default as much as an empty one.
    """
    room = room or Room()
    text, pictures = set_aside(source, attachments or {})
    make = _text if len(text) <= _MAX_CACHED else _text.__wrapped__
    return _with_pictures(room.render(lambda text: make(text, demote), text), pictures, room)


@lru_cache(maxsize=_CACHED)
def _text(source: str, demote: int) -> Markup:
    """Render a cell without its pictures: most are the instructor's, and on every page."""
    formulas: list[Markup] = []
    renderer = _Renderer(formulas)
    text = _UNSEEN.sub("", source).replace("\ue000", "").replace("\ue001", "").replace("\x1b", "")
    made = _cleaned(MarkdownWithMath(renderer=renderer).render(text))
    made = re.sub(r"(</?h)([1-6])\b", lambda m: f"{m[1]}{min(int(m[2]) + demote, 6)}", made)
    return Markup(_TOKEN.sub(lambda match: str(formulas[int(match[1])]), made))


def _with_pictures(made: Markup, pictures: Attachments, room: Room) -> Markup:
    """Put the pictures of a cell where it names them, each of them once."""
    shown: set[str] = set()

    def put(match: re.Match[str]) -> str:
        name = unquote(html.unescape(match[1]))
        if name in shown:
            return "[the picture above once more]"
        for kind, data in pictures.get(name, {}).items():
            url = picture(f"data:{kind};base64,{''.join(data.split())}")
            if url is not None and room.admits(url):
                shown.add(name)
                return match[0].replace(f'"attachment:{match[1]}"', f'"{url}"')
        return _LEFT_OUT

    return Markup(_ATTACHED.sub(put, made))


class _Renderer(IPythonRenderer):
    """nbconvert's Markdown, in which formulas are set aside while the rest is cleaned."""

    def __init__(self, formulas: list[Markup]) -> None:
        super().__init__(escape=False, attachments={}, exclude_anchor_links=True)
        self._formulas = formulas

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
        return src  # pictures come into the page once all else is clean


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
    except Exception:  # the converter fails in its own ways over TeX that is none
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
