"""From the text of a page as it is written to the text that is built.

Sphinx and the execution before it must see the very same cells, or what was executed is not found
in the cache.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from autograder.dependencies.modules import Library
from bookkit.assignment import fill_assignments
from bookkit.dependencies import add_to_kernelspec, dependency_hash, has_kernelspec
from bookkit.editions import Edition, drop_open_cells
from bookkit.exercise_table import fill_exercise_tables
from bookkit.markdown import code_cells
from bookkit.without_torch import set_torch_aside, without_torch


@dataclass(frozen=True)
class PreparedPage:
    """A page as it is built.

    Args:
        text: its source.
        dependencies: the files besides its own whose change makes it outdated.
    """

    text: str
    dependencies: tuple[Path, ...]


@lru_cache
def library_of(root: Path) -> Library:
    return Library(root / "course_lib")


def prepare_page(text: str, page: Path, root: Path, edition: Edition) -> PreparedPage:
    """Apply everything that happens to a page's source before it is parsed.

    Args:
        text: the source.
        page: its file.
        root: the root of the repository.
        edition: which edition is built.

    Raises:
        ExtensionError: if the page shows an assignment that has not been released, or a table of
            one that there is not.
    """
    if edition == "student":
        text = drop_open_cells(text)
    text, files = fill_assignments(text, root, page)
    text, declared = fill_exercise_tables(text, root)
    files += declared
    if has_kernelspec(text):
        library = library_of(root)
        if without_torch():
            text = set_torch_aside(text, library)
        modules = library.closure(cell.code for cell in code_cells(text))
        if library.folder / "answers.py" in modules:
            modules += tuple(sorted((root / "build" / "course" / "source").glob("*/*.ipynb")))
        text = add_to_kernelspec(text, dependency_hash(library, modules))
        files += modules
    return PreparedPage(text, files)


def prepare_for_sphinx(app: Sphinx, docname: str, source: list[str]) -> None:
    page = Path(app.env.doc2path(docname))
    prepared = prepare_page(source[0], page, Path(app.srcdir), app.config.edition)
    source[0] = prepared.text
    for path in prepared.dependencies:
        app.env.note_dependency(str(path))


def note_torch(app: Sphinx, config: Config) -> None:
    config["without_torch"] = without_torch()


def setup(app: Sphinx) -> None:
    # "env": all pages are read anew when PyTorch comes or goes.
    app.add_config_value("without_torch", False, "env", [bool])
    app.connect("config-inited", note_torch)
    app.connect("source-read", prepare_for_sphinx)
