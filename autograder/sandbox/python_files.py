"""Which files a bare Python with some packages needs: what the sandbox shows of this machine."""

import os
import sys
import sysconfig
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from autograder.dependencies.packages import with_needs

_LIBRARIES = ("/usr/lib", "/lib")
_LIBRARIES_64 = ("/usr/lib64", "/lib64")
_ODDMENTS = ("/etc/ld.so.cache", "/usr/share/zoneinfo", "/etc/localtime", "/usr/share/fonts")


@cache
def package_files(names: tuple[str, ...]) -> dict[str, Path]:
    """Find the folders and modules of distributions and of what they need, by their file names.

    Raises PackageNotFoundError where one of ``names`` is not installed.
    """
    found: dict[str, Path] = {}
    for package in with_needs(map(distribution, names)):
        for file in package.files or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__", "/"):
                found.setdefault(top, Path(str(package.locate_file(top))))
    return {name: path for name, path in found.items() if path.exists()}


@cache
def interpreter() -> Path:
    """Find the real executable behind this Python, virtual environment or not."""
    return Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()


@cache
def system_paths() -> tuple[Path, ...]:
    """List what has to be visible for the interpreter to start, packages aside."""
    prefix = Path(sys.base_prefix)
    paths = [*_libraries(), *(Path(p) for p in (*_LIBRARIES_64, *_ODDMENTS))]
    if prefix == Path("/usr"):
        paths += [interpreter(), Path(standard_library()[0])]
    else:
        paths += [prefix, *([] if interpreter().is_relative_to(prefix) else [interpreter()])]
    return tuple(path for path in paths if os.path.lexists(path))


def _libraries() -> list[Path]:
    """List folders of shared libraries; on Debian and its kin without all the rest of /usr/lib."""
    architecture = sysconfig.get_config_var("MULTIARCH")
    found: list[Path] = []
    for folder in map(Path, _LIBRARIES):
        if architecture and (folder / architecture).is_dir():
            found += [folder / architecture, *folder.glob("ld-linux*.so*")]
        else:
            found.append(folder)
    return found


@cache
def site_folders() -> tuple[Path, ...]:
    """List package folders inside `system_paths`, which must not be seen."""
    found: set[Path] = set()
    for place in (Path(sys.base_prefix), Path(standard_library()[0])):
        if any(place.is_relative_to(shown) for shown in system_paths()):
            for kind in ("site-packages", "dist-packages"):
                found.update(place.glob(kind), place.glob(f"lib*/python3*/{kind}"))
                found.update(place.glob(f"local/lib*/python3*/{kind}"))
    return tuple(sorted(path for path in found if path.is_dir()))


@cache
def standard_library() -> tuple[str, ...]:
    """List the search path of the bare interpreter."""
    paths = sysconfig.get_paths(vars={"base": sys.base_prefix, "platbase": sys.base_prefix})
    dynamic = Path(paths["platstdlib"], "lib-dynload")
    return (paths["stdlib"], str(dynamic))
