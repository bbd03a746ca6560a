"""Find the prose of a page: its paragraphs, in lists and directives too, and their sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

EXTENSIONS = ("amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath")
PARSER = create_md_parser(MdParserConfig(enable_extensions=set(EXTENSIONS)), RendererHTML)

DIRECTIVE = re.compile(r"\{(?P<name>[\w:-]+)\}")
WITHOUT_PROSE = {"code-cell", "list-table", "math", "bibliography", "assignment"}
OPTIONS = re.compile(r"(?:---\n(?:.*\n)*?---\n|(?::[\w-]+:.*\n)+)")
GLOSSARY_ENTRY = re.compile(r"^ +\S.*\n(?:^ +\S.*\n?)*", re.M)

ATOM = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|\$(?!\s)(?:\\.|[^$\\])+?\$", re.S)
SENTENCE_END = re.compile(
    r"(?<!\b[A-Z])(?<!\bet al)(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bvs)(?<!\bpp)(?<!\bno)(?<!\bp)"
    r"[.?!]+[)\"'”’]*\s+(?=[\"'“‘(\[*{`$]*[A-Z0-9$`{\[¡¿])"
)
CLOSED = re.compile(r"[.?!:…。][)\]\"'”’*_}]*\\?$")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a page.

    Args:
        start: index of its first line.
        lines: its lines, without indentation, list marks or quotation marks.
    """

    start: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def paragraphs(text: str) -> Iterator[Paragraph]:
    """Yield the paragraphs of a page, those inside its lists and directives too.

    Headings, tables, list tables, formulas on their own, code and options are no prose.

    Args:
        text: the page's source.
    """
    yield from _paragraphs(text, 0)


def _paragraphs(text: str, offset: int) -> Iterator[Paragraph]:
    tokens = PARSER.parse(text)
    for number, token in enumerate(tokens):
        if token.type == "paragraph_open" and token.map:
            start = offset + token.map[0]
            yield Paragraph(start, tuple(tokens[number + 1].content.split("\n")))
        elif token.type in ("fence", "colon_fence"):
            yield from _inside(token, offset)


def _inside(block: Token, offset: int) -> Iterator[Paragraph]:
    directive = DIRECTIVE.match(block.info.strip())
    if directive is None or directive["name"] in WITHOUT_PROSE or block.map is None:
        return
    start = offset + block.map[0] + 1
    if directive["name"] == "glossary":
        for entry in GLOSSARY_ENTRY.finditer(block.content):
            line = start + block.content.count("\n", 0, entry.start())
            yield Paragraph(line, tuple(line.strip() for line in entry[0].splitlines()))
        return
    options = OPTIONS.match(block.content)
    skipped = options[0] if options else ""
    yield from _paragraphs(block.content[len(skipped) :], start + skipped.count("\n"))


def sentence_starts(text: str) -> list[int]:
    """Where the second and later sentences of a paragraph begin.

    A full stop inside a formula or code ends none; nor does that of a run-in heading
    (``*Step 1.* First``), which stays with what it heads.

    Args:
        text: the paragraph, of one line or several.
    """
    masked = ATOM.sub(lambda atom: atom[0][0] + "x" * (len(atom[0]) - 2) + atom[0][-1], text)
    return [end.end() for end in SENTENCE_END.finditer(masked)]


def ends_a_sentence(line: str) -> bool:
    """Whether a line ends where a sentence, or what introduces a list, does."""
    return CLOSED.search(line.rstrip()) is not None
