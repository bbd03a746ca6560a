"""What a grade depends on besides the assignment: this program, and the packages beneath it."""

import platform
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from autograder.digests import PROGRAM, sources_digest
from autograder.edition import COURSE_LIB
from autograder.options import Options

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def installed(options: Options, more: Iterable[str] = ()) -> dict[str, str]:
    """By name, the versions of what grades here: equal on two machines that grade alike.

    ``more`` are modules that the assignment's own files import; those that are no package's own
    name are left out.
    """
    versions = {
        "Python": platform.python_version(),
        "autograder": sources_digest(PROGRAM)[:12],
        "course_lib": sources_digest(COURSE_LIB)[:12],
    }
    waiting = [*options.packages, "nbformat", *more]
    while waiting:
        package = _find(waiting.pop())
        if package is not None and package.name not in versions:
            versions[package.name] = package.version
            needs = [t for t in package.requires or () if "extra ==" not in t]
            waiting += [name[0] for text in needs if (name := _NAME.match(text))]
    return versions


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """In words, what is not the same in two answers of `installed`; "" where all is."""
    found = [
        f"{name} {there.get(name, 'is missing')} (here: {version})"
        for name, version in sorted(here.items(), key=lambda item: item[0].lower())
        if there.get(name) != version
    ]
    more = f" and {len(found) - 4} more" if len(found) > 5 else ""
    return ", ".join(found[: 4 if more else 5]) + more


def _find(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:  # meant for another platform, or no distribution's name
        return None
