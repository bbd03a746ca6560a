"""Pack all lessons of the built site into one archive, with the library that they import.

The open edition's archive holds the assignments' solutions too: lessons that go on with an answer
find it there.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import paths  # first: it makes bookkit importable
from bookkit.editions import Edition, current_edition
from bookkit.lessons import ARCHIVE, FOLDER, notebook_name
from sphinx_external_toc.parsing import parse_toc_yaml

from autograder.edition import lessons_edition
from autograder.release.handout import requirements

README = """\
The lessons of Unrolled, as notebooks

Start
  1. Python 3.11 or newer. In this folder:  python -m pip install -r requirements.txt
     (torch, the largest of the packages, is for the lessons that use PyTorch; the others run
     without it.)
  2. jupyter lab
  Or upload the whole folder to any Jupyter. `course_lib`, which the lessons import, is the folder
  of that name; it must lie beside the notebooks.

Your own answers
  Some cells go on with what you wrote in an assignment. Put your notebook, rnn.ipynb or bptt.ipynb,
  into this folder. Without it such a cell says which exercise it waits for; all others run.

In their order
{lessons}
"""
TIME = (2020, 1, 1, 0, 0, 0)


def pack_lessons(site: Path, edition: Edition) -> list[str]:
    """Write the archive, and remove notebooks whose page is gone.

    Args:
        site: the folder of the built site.
        edition: the edition that it was built in.

    Returns:
        The names of the files in the archive.
    """
    notebooks = [site / FOLDER / notebook_name(docname) for docname in _pages()]
    notebooks = [path for path in notebooks if path.exists()]
    for stale in set((site / FOLDER).glob("*.ipynb")) - set(notebooks):
        stale.unlink()
    with TemporaryDirectory() as folder:
        files = dict(_files(notebooks, Path(folder), edition))
        with zipfile.ZipFile(site / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted(files.items()):
                info = zipfile.ZipInfo(f"unrolled-lessons/{name}", TIME)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, data)
    return sorted(files)


def _pages() -> list[str]:
    return [name for name in parse_toc_yaml(paths.ROOT / "_toc.yml") if name.count("/") == 2]


def _files(notebooks: list[Path], folder: Path, edition: Edition) -> Iterator[tuple[str, bytes]]:
    library = lessons_edition(folder)
    sources = [path for path in library.rglob("*") if path.is_file()]
    for path in sources:
        yield path.relative_to(folder).as_posix(), path.read_bytes()
    for path in notebooks:
        yield path.name, path.read_bytes()
    order = "\n".join(f"  {path.name}" for path in notebooks)
    yield "README.txt", README.format(lessons=order).encode()
    needed = requirements(path for path in sources if path.suffix == ".py")
    yield "requirements.txt", ("\n".join(needed) + "\n").encode()
    if edition == "open":
        for path in paths.ANSWERS.glob("*/*.ipynb"):
            yield path.name, path.read_bytes()


if __name__ == "__main__":
    print("\n".join(pack_lessons(paths.SITE, current_edition())))
