"""What an instructor may set about a grading run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

#: What students may import, by the names of the distributions. What those need comes with them.
PACKAGES = ("numpy", "matplotlib", "ipython", "msgpack", "jaxtyping")


@dataclass(frozen=True)
class Options:
    """Limits of one submission's run. Times are wall-clock seconds.

    Attributes:
        sandbox: "bubblewrap", or "none" for students who are trusted as oneself.
        start_seconds: for a sandbox to come up.
        cell_seconds: for one of the student's cells.
        call_seconds: for one call of a student's function.
        test_seconds: for all the calls of one test cell.
        total_seconds: for the whole submission; what comes after it is not run.
        memory_mb: address space of the student's process.
        disk_mb: what the student's process may write into its own empty /tmp.
        output_kb: text kept of one cell.
        figures: pictures kept of one cell.
        shown_mb: all that is kept of what the cells show.
        received_mb: all that the student's process may send; what comes after it is not run.
        callbacks: calls of the examiner's functions in one call of a student's.
        failures: crashes and timeouts in one test cell after which a function is called no more.
        packages: the distributions a student may import.
    """

    sandbox: Literal["bubblewrap", "none"] = "bubblewrap"
    start_seconds: float = 60.0
    cell_seconds: float = 30.0
    call_seconds: float = 3.0
    test_seconds: float = 60.0
    total_seconds: float = 300.0
    memory_mb: int = 2048
    disk_mb: int = 64
    output_kb: int = 100
    figures: int = 20
    shown_mb: int = 16
    received_mb: int = 256
    callbacks: int = 100_000
    failures: int = 3
    packages: tuple[str, ...] = PACKAGES

    def __post_init__(self) -> None:
        if self.sandbox not in ("bubblewrap", "none"):
            raise ValueError(f'sandbox: {self.sandbox!r}, expected "bubblewrap" or "none"')
        for name, value in asdict(self).items():
            if isinstance(value, (int, float)) and not value > 0:
                raise ValueError(f"{name}: {value}, expected more than 0")

    def to_dict(self) -> dict[str, Any]:
        """As plain data, ready for JSON."""
        return {**asdict(self), "packages": list(self.packages)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Options":
        """What `to_dict` wrote, or a part of it. Raises TypeError for an unknown option."""
        rest = {name: value for name, value in data.items() if name != "packages"}
        return cls(packages=tuple(data.get("packages", PACKAGES)), **rest)
