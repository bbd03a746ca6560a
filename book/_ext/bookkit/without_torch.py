"""``TORCH=no`` builds the book without PyTorch: cells that need it are shown, and not run.

A figure that such a cell draws says so in its place, so that its number and its caption stay.
"""

import ast
import os

import yaml

from autograder.dependencies.modules import Library, imported
from bookkit.markdown import CodeCell, code_cells

NOT_DRAWN = "Not drawn: this copy of the book was built without PyTorch."
NOTE = """\
:::{note}
This copy of the book was built without PyTorch (`TORCH=no`).
From here on, the cells that need it are shown, but were not run.
What the text says of their results comes from a copy in which they were.
:::
"""
DRAW_NOTHING = f"""\
import matplotlib.pyplot as plt

plt.figure(figsize=(6, 0.5)).text(0.5, 0.5, {NOT_DRAWN!r}, ha="center", va="center")
plt.show()
"""


def without_torch() -> bool:
    """Whether the environment variable ``TORCH`` says ``no``."""
    return os.environ.get("TORCH") == "no"


def set_torch_aside(text: str, library: Library) -> str:
    """Turn the cells that need PyTorch into text, and say so before the first of them.

    Args:
        text: the source of a page.
        library: the modules that its cells import.
    """
    lines = text.splitlines()
    built: list[str] = []
    copied = 0
    for cell in _needing_torch(text, library):
        built += lines[copied : cell.start]
        if not copied:
            built += [*NOTE.splitlines(), ""]
        built += _instead(cell).splitlines()
        copied = cell.stop
    return "\n".join([*built, *lines[copied:]]) + "\n"


def _needing_torch(text: str, library: Library) -> list[CodeCell]:
    """The cells that import PyTorch, and those that use what such a cell has made."""
    found = []
    missing: set[str] = set()
    for cell in code_cells(text):
        names = [node for node in ast.walk(ast.parse(cell.code)) if isinstance(node, ast.Name)]
        made = {node.id for node in names if isinstance(node.ctx, ast.Store)} | _defined(cell.code)
        if _imports_torch(cell.code, library) or missing & {node.id for node in names} - made:
            found.append(cell)
            missing |= made
        else:
            missing -= made
    return found


def _defined(code: str) -> set[str]:
    """The names that the imports, functions and classes of a cell make."""
    found: set[str] = set()
    for node in ast.parse(code).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


def _imports_torch(code: str, library: Library) -> bool:
    modules = library.closure([code])
    sources = [path.read_text("utf8") for path in modules if path.suffix == ".py"]
    return any("torch" in imported(source) for source in (code, *sources))


def _instead(cell: CodeCell) -> str:
    """What stands in a page where a cell stood."""
    figure = cell.options.get("mystnb", {}).get("figure")
    if figure is not None:
        options = {
            "tags": ["remove-input"],
            "mystnb": {"figure": figure, "image": {"alt": NOT_DRAWN}},
        }
        header = yaml.safe_dump(options, allow_unicode=True, sort_keys=False, width=10**6)
        return f"```{{code-cell}} python3\n---\n{header}---\n{DRAW_NOTHING}```"
    if {"remove-cell", "remove-input"} & set(cell.tags):
        return ""
    return f"```python\n{cell.code}\n```"
