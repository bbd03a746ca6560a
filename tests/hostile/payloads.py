"""Texts that run as a program, or call home, where a page takes them for its own."""

from collections.abc import Iterator

from lab import submission
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

#: What a payload does is set a global name that starts like that; the place gives the rest.
TAKEN = "taken_by_"

_HTML = (
    "<script>{run}</script>",
    '<img src=x onerror="{run}">',
    '<svg onload="{run}"></svg>',
    "<svg><script>{run}</script></svg>",
    '<svg><animate onbegin="{run}" attributeName=x dur=1s></animate></svg>',
    '<svg><use href="data:image/svg+xml,<svg id=x onload={run}></svg>#x"></use></svg>',
    '<iframe srcdoc="<script>{run}</script>"></iframe>',
    '<iframe src="javascript:{run}"></iframe>',
    '<details open ontoggle="{run}">x</details>',
    '<input autofocus onfocus="{run}">',
    '<body onload="{run}">',
    '<style onload="{run}"></style>',
    '<object data="data:text/html,<script>{run}</script>"></object>',
    '<embed src="javascript:{run}">',
    '<form action="javascript:{run}"><button autofocus>x</button></form>',
    '<a href="javascript:{run}">x</a>',
    '<a href="java\tscript:{run}">x</a>',
    '<a href="&#x6A;avascript:{run}">x</a>',
    '<a href="data:text/html,<script>{run}</script>">x</a>',
    '<math><mtext><table><mglyph><style><img src=x onerror="{run}"></style></mglyph></table>',
    '<math href="javascript:{run}"><mi xlink:href="javascript:{run}">x</mi></math>',
    '<noscript><p title="</noscript><img src=x onerror={run}>"></noscript>',
    '<p title="</p><script>{run}</script>">x</p>',
    "<!--><script>{run}</script>-->",
    "<![CDATA[<script>{run}</script>]]>",
    "</pre></code></div></details><script>{run}</script>",
    "</style></title></textarea><script>{run}</script>",
    '"><script>{run}</script><p x="',
    "<scr<script>ipt>{run}</scr</script>ipt>",
    "{{{{ constructor.constructor('{run}')() }}}}",
    '<base href="{home}">',
    '<meta http-equiv="refresh" content="0;url={home}">',
    '<link rel="stylesheet" href="{home}a.css"><link rel="prefetch" href="{home}b">',
    '<style>@import "{home}c.css"; * {{ background: url({home}d.png) }}</style>',
    '<img src="{home}e.png" srcset="{home}f.png 2x">',
    '<video src="{home}g" poster="{home}h"></video><audio src="{home}i" autoplay></audio>',
    '<p style="background: url({home}j.png)">x</p><table background="{home}k.png"></table>',
)
_MARKDOWN = (
    "[x](javascript:{run})",
    "[x](<java\nscript:{run}>)",
    "<javascript:{run}>",
    "[x][link]\n\n[link]: javascript:{run}",
    "![x](javascript:{run})",
    "![x]({home}l.png)",
    '![x" onerror="{run}](x)',
    "![x](attachment:picture.svg) ![x](attachment:page.html)",
    '```"><script>{run}</script>\nx\n```',
    "`</code><script>{run}</script>`",
    r"$\href{{javascript:{run}}}{{x}}$ $\url{{javascript:{run}}}$",
    r"$\text{{<img src=x onerror={run}>}}$ $$<script>{run}</script>$$",
    r"\begin{{equation}}</math><script>{run}</script>\end{{equation}}",
    r"$\unicode{{x3c}}script\unicode{{x3e}}{run}$ $\class{{x onload={run}}}{{y}}$",
    "| a |\n|---|\n| <script>{run}</script> |",
    "# <script>{run}</script>\n\n> <img src=x onerror={run}>",
)
_SHOWS = """\
from IPython import display as d
every = ("text/html", "image/svg+xml", "text/markdown", "text/latex", "application/javascript",
         "image/png", "image/jpeg", "application/pdf", "application/vnd.jupyter.widget-view+json")
for text in {texts}:
    for kind in (d.HTML, d.SVG, d.Markdown, d.Latex, d.Javascript):
        try:
            d.display(kind(text))
        except Exception:
            pass
    d.display(dict.fromkeys(every, text) | {{"text/plain": text}}, raw=True)
    print(text)
"""
_FAILS = "raise type({text}, (Exception,), {{}})({text})  # {line}"


def payloads(texts: tuple[str, ...], place: str, home: str) -> Iterator[str]:
    """The texts, each with its own name to set or address to call."""
    for number, text in enumerate(texts):
        yield text.format(run=f"top.{TAKEN}{place}_{number}=1", home=f"{home}{place}-{number}-")


def _attached(run: str) -> dict[str, dict[str, str]]:
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'><script>{run}</script></svg>"
    return {
        "picture.svg": {"image/svg+xml": svg},
        "page.html": {"text/html": f"<script>{run}</script>"},
        f'"><script>{run}</script>': {"image/png": f'x"><script>{run}</script>'},
    }


def notebook(home: str) -> NotebookNode:
    """A submission with all of them in all places that there are; ``home`` is where they call."""
    answer = "\n\n".join(payloads(_MARKDOWN, "answer", home))
    made = submission({"why-answer": answer})
    cells = []
    for text in payloads(_HTML + _MARKDOWN, "text", home):
        cells.append(new_markdown_cell(text))
        cells[-1].attachments = _attached(f"top.{TAKEN}attached=1")
    shown = list(payloads(_HTML, "shown", home))
    cells.append(new_code_cell(_SHOWS.format(texts=shown)))
    for text in [*payloads(_HTML, "failed", home)][::4]:
        line = " ".join(text.split())
        cells.append(new_code_cell(_FAILS.format(text=repr(text), line=line)))
    cells += [new_raw_cell(text) for text in payloads(_HTML, "raw", home)]
    for number, cell in enumerate(cells):
        text = f"<script>top.{TAKEN}metadata=1</script>"
        cell.id = f"x{number}"
        cell.metadata.update({"tags": [text], "name": text, "format": "text/html"})
    made.cells[1:1] = cells
    made.metadata["title"] = f"</title><script>top.{TAKEN}title=1</script>"
    made.metadata["authors"] = [{"name": f"<script>top.{TAKEN}author=1</script>"}]
    return made
