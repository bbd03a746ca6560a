"""The program of the student's side, ``autograder/worker``: its command and what it is told."""

import json
from pathlib import Path
from typing import Any

from autograder.edition import COURSE_LIB, NOT_IN_ASSIGNMENTS
from autograder.options import Options
from autograder.sandbox.python_files import interpreter, standard_library

#: What takes long to load, of the distributions that students may use.
_SLOW = {
    "numpy": ("numpy.random", "numpy.fft", "numpy.polynomial", "numpy.ma"),
    "matplotlib": ("matplotlib.pyplot",),
}
_THREADS = ("OPENBLAS", "OMP", "MKL", "NUMEXPR")


def command(root: Path, packages: Path, home: Path, **setup: Any) -> list[str]:
    """Return the command that starts the worker.

    Args:
        root: holds the packages autograder and course_lib.
        packages: holds what students may import besides.
        home: the process's own folder.
        setup: what autograder.worker.__main__ is told, all of it plain data.
    """
    told = {"path": [str(root), str(packages), *standard_library()], "home": str(home), **setup}
    flags = ["-I", "-S", "-B", "-X", "utf8"]
    main = str(root / "autograder" / "worker" / "__main__.py")
    return [str(interpreter()), *flags, main, json.dumps(told)]


def modules(packages: tuple[str, ...]) -> list[str]:
    """List what a fork server loads where it can: what takes long, and the student edition."""
    files = (path.relative_to(COURSE_LIB) for path in sorted(COURSE_LIB.rglob("*.py")))
    ours = (path.with_suffix("").parts for path in files if path.parts[0] not in NOT_IN_ASSIGNMENTS)
    slow = [name for package in packages for name in _SLOW.get(package, ())]
    return [*slow, *(".".join(("course_lib", *parts)) for parts in ours if "__init__" not in parts)]


def limits(options: Options) -> dict[str, int]:
    """Return what one student's process may use and show, by name."""
    return {
        "memory_mb": options.memory_mb,
        "disk_mb": options.disk_mb,
        "cpu_seconds": int(options.total_seconds) + 60,
        "output_chars": options.output_kb * 1000,
        "figures": options.figures,
    }


def environment(home: Path) -> dict[str, str]:
    """Return all of its environment."""
    return {
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        **{f"{name}_NUM_THREADS": "1" for name in _THREADS},
    }
