"""Write a page, as it was read by Sphinx, as a Jupyter notebook in plain Markdown.

References have their numbers by then, and what the edition leaves out is gone. Outputs are not
kept: the reader makes them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from docutils import nodes
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.locale import admonitionlabels

from bookkit.names import waiting_cells

Macros = dict[str, str | list]
Link = Callable[[str], str | None]

FOLDED = {"hide-input", "hide-cell"}
SKIPPED = (nodes.comment, nodes.target, nodes.meta, nodes.raw, nodes.system_message)
CLASS = re.compile(r"\\class\{[\w-]+\}")


@dataclass
class Writer:
    """Turns a resolved document into cells.

    Args:
        macros: TeX macros, as MathJax is told them; Jupyter knows none of them.
        link: from a link's target to the one in the notebook; None if it leads nowhere there.
        numbers: those of figures and equations, by their ids.
    """

    macros: Macros
    link: Link
    numbers: Mapping[str, str]
    cells: list[NotebookNode] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)

    def notebook(self, document: nodes.document, preface: str) -> NotebookNode:
        """The document's notebook.

        Args:
            document: the resolved document.
            preface: Markdown that stands below the title.
        """
        for section in document.children:
            if isinstance(section, nodes.section):
                self._section(section, 1, preface)
        self._close()
        for number, cell in enumerate(self.cells):
            cell.id = f"cell-{number}"
        run = [cell for cell in self.cells if cell.cell_type == "code"]
        for place in waiting_cells(cell.source for cell in run):
            run[place].metadata["tags"] = ["raises-exception"]  # "Run all" then goes on
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        return new_notebook(cells=self.cells, metadata={"kernelspec": kernel})

    def _section(self, section: nodes.section, level: int, preface: str = "") -> None:
        for child in section.children:
            if isinstance(child, nodes.title):
                self._close()
                self._text.append(f"{'#' * level} {self._inline(child)}")
                if preface:
                    self._text.append(preface)
            elif isinstance(child, nodes.section):
                self._section(child, level + 1)
            elif isinstance(child, nodes.container) and "cell" in child["classes"]:
                self._cell(child)
            else:
                self._text += self._block(child)

    def _close(self) -> None:
        text = "\n\n".join(part for part in self._text if part.strip())
        if text:
            self.cells.append(new_markdown_cell(text))
        self._text = []

    def _cell(self, container: nodes.container) -> None:
        for source in container.findall(nodes.container):  # a folded one has a box around it
            if "cell_input" in source["classes"]:
                self._close()
                cell = new_code_cell(source.astext())
                if FOLDED & set(container["cell_metadata"].get("tags", ())):
                    cell.metadata["jupyter"] = {"source_hidden": True}
                self.cells.append(cell)
        for figure in container.findall(nodes.figure):
            for caption in figure.findall(nodes.caption):
                number = self._number(figure)
                label = f"Fig. {number}. " if number else ""
                self._text.append(f"*{label}{self._inline(caption)}*")

    def _number(self, node: nodes.Element) -> str | None:
        return next((self.numbers[name] for name in node["ids"] if name in self.numbers), None)

    def _block(self, node: nodes.Node) -> list[str]:
        """The Markdown blocks of a node."""
        if isinstance(node, SKIPPED) or not isinstance(node, nodes.Element):
            return []
        if isinstance(node, nodes.paragraph | nodes.term):
            return [self._inline(node)]
        if isinstance(node, nodes.title | nodes.rubric):
            return [f"**{self._inline(node)}**"]
        if isinstance(node, nodes.math_block):
            number = self._number(node)
            tag = f" \\tag{{{number}}}" if number else ""
            return [f"$$\n{self._math(node.astext())}{tag}\n$$"]
        if isinstance(node, nodes.literal_block):
            return [f"```\n{node.astext()}\n```"]
        if isinstance(node, nodes.bullet_list | nodes.enumerated_list):
            return [self._list(node)]
        if isinstance(node, nodes.table):
            return self._table(node)
        if isinstance(node, nodes.definition):
            return self._blocks(node)
        if isinstance(node, nodes.figure):
            return [f"*{self._inline(caption)}*" for caption in node.findall(nodes.caption)]
        if isinstance(node, nodes.Admonition | nodes.sidebar | nodes.block_quote):
            return [_indented("\n\n".join(self._box(node)), "> ")]
        if isinstance(node, nodes.TextElement):  # a title of another extension's box
            return [f"**{self._inline(node)}**"]
        return self._blocks(node)

    def _blocks(self, node: nodes.Element) -> list[str]:
        return [text for child in node.children for text in self._block(child)]

    def _box(self, node: nodes.Element) -> list[str]:
        """The blocks of a box; numbers of exercises and theorems are not in their titles yet."""
        texts = self._blocks(node)
        number = self._number(node)
        if node.tagname in admonitionlabels:
            return [f"**{admonitionlabels[node.tagname]}**", *texts]
        if number is None:
            return texts
        kind = str(node.get("realtype") or node.get("type")).title()
        title = texts[0].strip("* ") if texts and texts[0].startswith("**") else ""
        return [f"**{kind} {number} {title}".rstrip() + "**", *(texts[1:] if title else texts)]

    def _list(self, node: nodes.Element) -> str:
        items = []
        for number, item in enumerate(node.children, node.get("start", 1)):
            mark = "- " if isinstance(node, nodes.bullet_list) else f"{number}. "
            text = "\n\n".join(self._blocks(item))
            items.append(mark + _indented(text, " " * len(mark)).lstrip(" "))
        return ("\n\n" if any("\n" in item for item in items) else "\n").join(items)

    def _table(self, node: nodes.table) -> list[str]:
        rows = [
            [" ".join(self._blocks(entry)).replace("|", "\\|").replace("\n", " ") for entry in row]
            for row in node.findall(nodes.row)
        ]
        heading = [self._inline(title) for title in node.findall(nodes.title)]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        lines.insert(1, "| --- " * len(rows[0]) + "|")
        return [*(f"**{title}**" for title in heading), "\n".join(lines)]

    def _inline(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return re.sub(r"([*_`$\\])", r"\\\1", node.astext()).replace("\n", " ")
        if isinstance(node, SKIPPED):
            return ""
        if isinstance(node, nodes.math):
            return f"${self._math(node.astext())}$"
        if isinstance(node, nodes.literal):
            return f"`{node.astext()}`"
        text = "".join(self._inline(child) for child in node.children)
        if isinstance(node, nodes.emphasis):
            return f"*{text}*"
        if isinstance(node, nodes.strong):
            return f"**{text}**"
        if isinstance(node, nodes.reference):
            target = self.link(node["refuri"]) if node.get("refuri") else None
            return f"[{text}]({target})" if target else text
        return text

    def _math(self, tex: str) -> str:
        return CLASS.sub("", expand_macros(tex, self.macros)).strip()


def expand_macros(tex: str, macros: Macros) -> str:
    """Write out the macros of a formula.

    Args:
        tex: the formula.
        macros: for each name what it stands for, or that and how many arguments it has.
    """
    for name, macro in macros.items():
        body, count = (macro, 0) if isinstance(macro, str) else (macro[0], macro[1])
        call = re.compile(r"\\" + name + r"(?![A-Za-z])")
        while found := call.search(tex):
            stop, expanded = found.end(), body
            for number in range(1, count + 1):
                argument, stop = _argument(tex, stop)
                expanded = expanded.replace(f"#{number}", argument)
            tex = f"{tex[: found.start()]}{expanded}{'' if count else ' '}{tex[stop:]}"
    return tex


def _argument(tex: str, start: int) -> tuple[str, int]:
    """A macro's argument from a place on, and the place after it."""
    while tex[start].isspace():
        start += 1
    if tex[start] != "{":
        return tex[start], start + 1
    depth = 0
    for place in range(start, len(tex)):
        depth += {"{": 1, "}": -1}.get(tex[place], 0)
        if depth == 0:
            return tex[start + 1 : place], place + 1
    raise ValueError(f"a brace is not closed: {tex[start:]}")


def _indented(text: str, by: str) -> str:
    return "\n".join((by + line).rstrip() for line in text.split("\n"))
