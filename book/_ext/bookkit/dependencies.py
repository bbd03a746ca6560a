"""Make the execution cache notice changes in ``course_lib``.

jupyter-cache runs a page again only when its cells or its kernelspec changed; it does not see that
a module which the page imports was edited. So a hash of everything the page's cells depend on is
put into the kernelspec: an edit re-runs the pages that import the edited module, directly or
through other modules, and taking the edit back finds the earlier outputs in the cache.
"""

import platform
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from autograder.dependencies.digests import digest, files_digest
from autograder.dependencies.modules import Library

RUNTIME = ("numpy", "matplotlib", "torch")
"""Third-party packages whose version can change what a page shows."""

KERNELSPEC = re.compile(r"\A---\n(?:(?!---).*\n)*?kernelspec:[ ]*\n")


def runtime_versions() -> str:
    """The versions of Python and of the third-party packages that pages compute and draw with."""
    versions = [f"python=={platform.python_version()}"]
    for name in RUNTIME:
        try:
            versions.append(f"{name}=={metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} is not installed")
    return "; ".join(versions)


def dependency_hash(library: Library, files: Iterable[Path]) -> str:
    """A short hash of the runtime's versions and of the files' names and contents."""
    return digest(runtime_versions(), files_digest(library.folder.parent, files))[:16]


def add_to_kernelspec(text: str, dependencies: str) -> str:
    """Write the hash into the page's front matter; a page without a kernelspec stays as it is."""
    return KERNELSPEC.sub(lambda m: f"{m[0]}  deps_hash: {dependencies}\n", text, count=1)


def has_kernelspec(text: str) -> bool:
    """Whether the page is a notebook, that is, executed."""
    return KERNELSPEC.match(text) is not None
