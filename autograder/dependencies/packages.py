"""Which installed packages a package needs."""

from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement


def find(name: str) -> Distribution | None:
    """Find an installed package by its name in the registry; None where there is none."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def with_needs(packages: Iterable[Distribution]) -> list[Distribution]:
    """List packages and all installed ones that they need, each once."""
    found: dict[str, Distribution] = {}
    waiting = list(packages)
    while waiting:
        package = waiting.pop()
        if package.name not in found:
            found[package.name] = package
            needs = map(Requirement, package.requires or ())
            named = (n.name for n in needs if n.marker is None or n.marker.evaluate({"extra": ""}))
            waiting += [need for name in named if (need := find(name))]
    return list(found.values())
