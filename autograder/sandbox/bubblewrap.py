"""The bubblewrap command: what the fork server and the students' processes see of the machine."""

import contextlib
import os
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder.edition import CHECKS, COURSE_LIB, NOT_IN_ASSIGNMENTS
from autograder.sandbox.python_files import package_files, site_folders, system_paths

PROGRAMS = Path("/unrolled")
PACKAGES = Path("/packages")
TEMPORARY = Path("/tmp")
#: Where the fork server has its procfs. It lies in what each student's process gets covered.
PROC = TEMPORARY / "proc"

_AUTOGRADER = Path(__file__).resolve().parents[1]
_FORK_SERVER_DISK = 2**20
_DEVICES = ("null", "zero", "full", "random", "urandom")


def executable() -> str | None:
    """Find bubblewrap; None where it is not installed."""
    return shutil.which("bwrap")


def arguments(
    packages: tuple[str, ...], environment: dict[str, str], hidden: tuple[Path, ...]
) -> list[str]:
    """Put together the options of ``bwrap`` that need no file descriptors.

    Args:
        packages: distributions that students may import.
        environment: all that will be in it.
        hidden: folders to cover where they lie among what is shown.
    """
    return [
        *("--unshare-all", "--unshare-user", "--as-pid-1", "--new-session", "--clearenv"),
        *("--uid", "1000", "--gid", "1000", "--hostname", "sandbox"),
        *_temporary(),
        *_python(packages, hidden),
        *_our_code(),
        *_devices(),
        *("--remount-ro", "/", "--chdir", str(TEMPORARY)),
        *[word for name, value in environment.items() for word in ("--setenv", name, value)],
    ]


def to_mask(hidden: tuple[Path, ...]) -> tuple[Path, ...]:
    """Choose the folders that would be seen among Python's own files."""
    return tuple(h for h in hidden if any(h.is_relative_to(s) for s in system_paths()))


def _show(path: Path | str, at: Path | str | None = None) -> tuple[str, str, str]:
    return ("--ro-bind", str(path), str(at or path))


def _python(packages: tuple[str, ...], hidden: tuple[Path, ...]) -> list[str]:
    masked = [*site_folders(), *hidden]
    words = [word for path in system_paths() for word in _show(path)]
    words += [word for path in masked for word in ("--tmpfs", str(path), "--remount-ro", str(path))]
    for name, path in package_files(packages).items():
        words += _show(path, PACKAGES / name)
    return words


def _our_code() -> list[str]:
    words: list[str] = []
    for name in ("__init__.py", "worker"):
        words += _show(_AUTOGRADER / name, PROGRAMS / "autograder" / name)
    for path in sorted(COURSE_LIB.iterdir()):
        if path.name not in NOT_IN_ASSIGNMENTS:
            words += _show(path, PROGRAMS / "course_lib" / path.name)
    if CHECKS.is_dir():
        words += _show(CHECKS, PROGRAMS / "build" / "checks")
    return words


def _temporary() -> list[str]:
    words = ["--size", str(_FORK_SERVER_DISK), "--tmpfs", str(TEMPORARY), "--proc", str(PROC)]
    for path in font_lists():
        words += _show(path, TEMPORARY / ".cache" / "matplotlib" / path.name)
    return words


def _devices() -> list[str]:
    words = ["--tmpfs", "/dev"]
    for name in _DEVICES:
        words += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    return [*words, "--remount-ro", "/dev"]


@cache
def font_lists() -> tuple[Path, ...]:
    """Find Matplotlib's list of fonts, without which a fork server spends a second on one."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matplotlib"
    folder = Path(os.environ.get("MPLCONFIGDIR") or folder)
    try:
        release = ".".join(version("matplotlib").split(".")[:2])
    except PackageNotFoundError:
        return ()
    if not (found := tuple(folder.glob(f"fontlist-v{release}.*.json"))):
        with contextlib.suppress(subprocess.TimeoutExpired):
            make = [sys.executable, "-c", "import matplotlib.font_manager"]
            subprocess.run(make, capture_output=True, timeout=60)
        found = tuple(folder.glob("fontlist-v*.json"))
    return found
