"""Cells, outputs and files as nbformat makes them, without its checks against the whole schema."""

import json
from typing import Any

import nbformat
from nbformat import NotebookNode


def new_cell(kind: str, source: str, name: str, metadata: dict[str, Any]) -> NotebookNode:
    """Make a cell of any kind, without outputs."""
    cell = NotebookNode(
        id=name, cell_type=kind, metadata=nbformat.from_dict(metadata), source=source
    )
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    return cell


def stream(name: str, text: str) -> NotebookNode:
    """Make an output of what was printed; ``name`` is "stdout" or "stderr"."""
    return NotebookNode(output_type="stream", name=name, text=text)


def shown_data(kind: str, data: dict[str, str], count: int | None = None) -> NotebookNode:
    """Make an "execute_result", which has a number, or "display_data"."""
    output = NotebookNode(output_type=kind, metadata=NotebookNode(), data=NotebookNode(data))
    if kind == "execute_result":
        output.execution_count = count
    return output


def error(name: str, text: str, trace: list[str]) -> NotebookNode:
    """Make an output of an exception."""
    return NotebookNode(output_type="error", ename=name, evalue=text, traceback=trace)


def notebook_text(notebook: NotebookNode) -> str:
    """Encode a notebook that was made here, in one pass, as a file for programs to read."""
    return json.dumps(notebook, ensure_ascii=False) + "\n"
