"""Build the book into build/_build/html: fetch MathJax, run changed pages, build, check the site.

    python book/tools/build_book.py [--jobs 2]
    python book/tools/build_book.py --run book/rnn/why.md     # only run a page, as a build does

``EDITION=open`` builds the open edition; the default is the student edition.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import check_site
from bookkit.editions import Edition, current_edition
from execute_pages import execute_book
from pack_lessons import pack_lessons
from paths import DOCTREES, OUTPUT, ROOT, SITE
from sphinx.errors import SphinxError
from vendor_mathjax import vendor_mathjax


def build_environment(environment: dict[str, str]) -> dict[str, str]:
    """The environment that pages are run in: this Python's kernel, none of the user's settings.

    Args:
        environment: the shell's.
    """
    environment = dict(environment)
    environment.pop("MPLBACKEND", None)  # the kernel's own shows the figures
    environment["JUPYTER_PATH"] = str(Path(sys.prefix) / "share" / "jupyter")
    environment["IPYTHONDIR"] = str(OUTPUT / "ipython")
    environment["OMP_NUM_THREADS"] = (
        "1"  # pages run side by side; more threads made them four times slower
    )
    return environment


KERNEL_SETTINGS = """\
c = get_config()
c.IPKernelApp.log_level = 40  # no warning, once a page, that kernels talk over the loopback
c.InlineBackend.figure_formats = {"svg"}  # bookkit/figures.py puts them into the page
c.InlineBackend.print_figure_kwargs = {
    "bbox_inches": "tight", "facecolor": "none", "metadata": {"Date": None}
}
"""


def configure_kernels(ipython_folder: Path) -> None:
    """Write the settings of the kernels that run pages.

    Args:
        ipython_folder: what IPYTHONDIR names.
    """
    profile = ipython_folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_SETTINGS)


def forget_other_edition(edition: Edition, built: Path) -> None:
    """Remove a site of the other edition: what only that one shows must not stay.

    Args:
        edition: the edition that is to be built.
        built: the folder of jupyter-book's output.
    """
    stamp = built / "edition"
    if stamp.exists() and stamp.read_text() != edition:
        for name in ("html", ".doctrees", "jupyter_execute"):
            shutil.rmtree(built / name, ignore_errors=True)
    built.mkdir(parents=True, exist_ok=True)
    stamp.write_text(edition)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a step, and say how long it took."""
    print(f"{name} ...", flush=True)
    start = time.perf_counter()
    yield
    print(f"  done in {time.perf_counter() - start:.1f} s", flush=True)


def run_jupyter_book() -> bool:
    """Call jupyter-book with warnings as errors. Returns whether it had none."""
    program = Path(sys.executable).parent / "jupyter-book"
    command = [
        str(program),
        "build",
        ".",
        "--path-output",
        str(OUTPUT),
        "-W",
        "-n",
        "--keep-going",
        "-q",
    ]
    if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL).returncode == 0:
        return True
    # Sphinx warns of a page only when it reads it: else the next build would be silent, and pass.
    shutil.rmtree(DOCTREES, ignore_errors=True)
    return False


def build_book(jobs: int) -> bool:
    """Do every step. Returns whether the book is built and the site has no problem."""
    with step("MathJax"):
        vendor_mathjax()
    with step("Running changed pages"):
        if not execute_book(jobs):
            return False
    forget_other_edition(current_edition(), SITE.parent)
    with step("Building the pages"):
        if not run_jupyter_book():
            return False
    with step("Packing the lessons"):
        pack_lessons(SITE, current_edition())
    with step("Checking the site"):
        return check_site.main(SITE)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the book into build/_build/html.")
    parser.add_argument("--jobs", type=int, default=2, help="how many pages to run at a time")
    parser.add_argument("--run", nargs="+", type=Path, metavar="PAGE", help="only run these pages")
    options = parser.parse_args()
    environment = build_environment(dict(os.environ))
    os.environ.clear()
    os.environ.update(environment)
    configure_kernels(Path(os.environ["IPYTHONDIR"]))
    if options.run:
        return 0 if execute_book(options.jobs, [page.resolve() for page in options.run]) else 1
    try:
        built = build_book(options.jobs)
    except SphinxError as error:  # an unknown edition, or an assignment that is not released
        print(error, file=sys.stderr)
        built = False
    if not built:
        print("The book was not built.", file=sys.stderr)
        return 1
    print(f"The book: {SITE / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
