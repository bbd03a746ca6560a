"""Run the pages whose outputs are not in the cache, several at a time.

A page is run with what its readers have: the public part of `course_lib`. Where it goes on with the
answer to an exercise, `course_lib.answers` takes the assignment's solution.

Sphinx itself reads pages one after another, as some of its extensions must. It then finds
everything in the cache that this filled.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import paths  # first: it makes bookkit importable
import yaml
from bookkit.dependencies import has_kernelspec
from bookkit.editions import Edition, current_edition
from bookkit.sources import prepare_page
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from sphinx_external_toc.parsing import parse_toc_yaml

from autograder.edition import lessons_edition
from course_lib import answers

WITHOUT_THIS_REPOSITORY = """\
import sys

sys.meta_path[:] = [
    finder for finder in sys.meta_path
    if not getattr(finder, "__module__", "").startswith("__editable__")
]
"""


@dataclass(frozen=True)
class Executed:
    """A page that was run: its notebook with outputs, its time in seconds, and what failed."""

    page: Path
    notebook: NotebookNode
    seconds: float
    error: str | None


def book_pages(root: Path) -> list[Path]:
    """The pages in the table of contents, in their order."""
    toc = parse_toc_yaml(root / "_toc.yml")
    return [root / f"{name}.md" for name in toc]


def read_notebook(page: Path, root: Path, edition: Edition) -> NotebookNode | None:
    """The page as the notebook that Sphinx looks for in the cache; None if it runs no code."""
    text = prepare_page(page.read_text("utf8"), page, root, edition).text
    if not has_kernelspec(text):
        return None
    settings = yaml.safe_load((root / "_config.yml").read_text("utf8"))
    syntax = MdParserConfig(enable_extensions=set(settings["parse"]["myst_enable_extensions"]))
    return read_myst_markdown_notebook(text, syntax, add_source_map=True, path=page)


def is_cached(cache: JupyterCacheBase, notebook: NotebookNode) -> bool:
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def furnish_reader(folder: Path) -> None:
    """Make a folder that, named by PYTHONPATH, gives a kernel the library that readers have.

    Args:
        folder: the folder; what it held before is lost.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lessons_edition(folder)
    # An editable install would find the rest of this repository all the same.
    (folder / "sitecustomize.py").write_text(WITHOUT_THIS_REPOSITORY)


def execute(page: Path, notebook: NotebookNode, timeout: int, library: Path) -> Executed:
    """Run a notebook from its first cell to its last, in the page's folder.

    Args:
        page: the page's file.
        notebook: its cells.
        timeout: seconds that a cell may take.
        library: the folder that holds the `course_lib` to run it with.
    """
    os.environ["PYTHONPATH"] = str(library)
    os.environ[answers.FOLDER] = str(paths.ANSWERS)
    result = single_nb_execution(
        notebook, cwd=str(page.parent), allow_errors=False, timeout=timeout, meta_override=True
    )
    merge_streams(notebook)
    return Executed(page, notebook, result.time, str(result.err) if result.err else None)


def merge_streams(notebook: NotebookNode) -> None:
    """Join what a cell printed in several pieces, whose ends need not be the ends of lines."""
    for cell in notebook.cells:
        merged: list[NotebookNode] = []
        for output in cell.get("outputs", ()):
            last = merged[-1] if merged else None
            if last and output.output_type == "stream" and last.get("name") == output.name:
                last.text += output.text
            else:
                merged.append(output)
        if "outputs" in cell:
            cell.outputs = merged


def execute_pages(
    pages: list[Path],
    root: Path,
    cache_folder: Path,
    edition: Edition,
    jobs: int,
    timeout: int,
    library: Path,
) -> Iterator[Executed]:
    """Run the pages that are not cached, ``jobs`` at a time, and cache each one that succeeds."""
    cache = get_cache(cache_folder)
    notebooks = {page: read_notebook(page, root, edition) for page in pages}
    waiting = {page: nb for page, nb in notebooks.items() if nb and not is_cached(cache, nb)}
    if not waiting:
        return
    with ProcessPoolExecutor(min(jobs, len(waiting))) as pool:
        runs = [pool.submit(execute, page, nb, timeout, library) for page, nb in waiting.items()]
        for run in as_completed(runs):
            done = run.result()
            if done.error is None:
                bundle = CacheBundleIn(
                    done.notebook, str(done.page), data={"execution_seconds": done.seconds}
                )
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            yield done


def execute_book(jobs: int, pages: list[Path] | None = None) -> bool:
    """Run what the cache does not hold, saying so.

    Args:
        jobs: how many pages to run at a time.
        pages: the pages; all of the book if they are left out.

    Returns:
        Whether every page ran.
    """
    settings = yaml.safe_load((paths.ROOT / "_config.yml").read_text("utf8"))
    furnish_reader(paths.READER)
    failed = 0
    for done in execute_pages(
        pages or book_pages(paths.ROOT),
        paths.ROOT,
        paths.CACHE,
        current_edition(),
        jobs,
        settings["execute"]["timeout"],
        paths.READER,
    ):
        name = done.page.relative_to(paths.ROOT)
        if done.error is None:
            print(f"  {done.seconds:5.1f} s  {name}", flush=True)
        else:
            failed += 1
            print(f"  FAILED   {name}\n{done.error}", file=sys.stderr, flush=True)
    return not failed
