"""What a grade depends on besides the assignment: this program, and the packages beneath it."""

import platform
from collections.abc import Iterable, Mapping

from autograder.dependencies.digests import PROGRAM, sources_digest
from autograder.dependencies.packages import find, with_needs
from autograder.edition import COURSE_LIB
from autograder.options import Options


def installed(options: Options, more: Iterable[str] = ()) -> dict[str, str]:
    """Return, by name, the versions of what grades here: equal on machines that grade alike.

    ``options`` has the packages of students; ``more`` are modules that the assignment's own files
    import, those that are no package's own name left out.
    """
    versions = {
        "Python": platform.python_version(),
        "autograder": sources_digest(PROGRAM)[:12],
        "course_lib": sources_digest(COURSE_LIB)[:12],
    }
    packages = map(find, (*options.packages, "nbformat", *more))
    return versions | {p.name: p.version for p in with_needs(filter(None, packages))}


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Say what is not the same in two answers of `installed`; "" where all is."""
    found = [
        f"{name} {there.get(name, 'is missing')} (here: {version})"
        for name, version in sorted(here.items(), key=lambda item: item[0].lower())
        if there.get(name) != version
    ]
    more = f" and {len(found) - 4} more" if len(found) > 5 else ""
    return ", ".join(found[: 4 if more else 5]) + more
