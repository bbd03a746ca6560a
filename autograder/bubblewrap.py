"""The bubblewrap command: what a student's process sees of the machine, and what holds it in."""

import contextlib
import os
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder.edition import COURSE_LIB, KEPT_BACK
from autograder.options import Options
from autograder.python_files import package_files, site_folders, system_paths

PROGRAMS = Path("/unrolled")
PACKAGES = Path("/packages")
TEMPORARY = Path("/tmp")

_HERE = Path(__file__).resolve().parent
_DEVICES = ("null", "zero", "full", "random", "urandom")


def executable() -> str | None:
    """Where bubblewrap is, if it is installed."""
    return shutil.which("bwrap")


def arguments(options: Options, environment: dict[str, str], hidden: tuple[Path, ...]) -> list[str]:
    """The options of ``bwrap`` that need no file descriptors."""
    return [
        *("--unshare-all", "--unshare-user", "--as-pid-1", "--die-with-parent"),
        *("--new-session", "--clearenv"),
        *("--uid", "1000", "--gid", "1000", "--hostname", "sandbox"),
        *_temporary(options),
        *_python(options, hidden),
        *_our_code(),
        *_devices(),
        *("--remount-ro", "/", "--chdir", str(TEMPORARY)),
        *[word for name, value in environment.items() for word in ("--setenv", name, value)],
    ]


def _show(path: Path | str, at: Path | str | None = None) -> tuple[str, str, str]:
    return ("--ro-bind", str(path), str(at or path))


def _python(options: Options, hidden: tuple[Path, ...]) -> list[str]:
    shown = system_paths()
    masked = [*site_folders(), *(h for h in hidden if any(h.is_relative_to(s) for s in shown))]
    words = [word for path in shown for word in _show(path)]
    words += [word for path in masked for word in ("--tmpfs", str(path), "--remount-ro", str(path))]
    for name, path in package_files(options.packages).items():
        words += _show(path, PACKAGES / name)
    return words


def _our_code() -> list[str]:
    words: list[str] = []
    for name in ("__init__.py", "protocol.py", "worker"):
        words += _show(_HERE / name, PROGRAMS / "autograder" / name)
    for path in sorted(COURSE_LIB.iterdir()):
        if path.name not in KEPT_BACK:
            words += _show(path, PROGRAMS / "course_lib" / path.name)
    return words


def _temporary(options: Options) -> list[str]:
    words = ["--size", str(options.disk_mb * 2**20), "--tmpfs", str(TEMPORARY)]
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
    """Matplotlib's list of this machine's fonts, without which it spends a second on making one."""
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
