"""What a student's process may use up."""

import resource
from typing import Any


def limit(setup: dict[str, Any]) -> None:
    """Set this process's limits; they cannot be raised again."""
    _limit(resource.RLIMIT_AS, setup["memory_mb"] * 2**20)
    _limit(resource.RLIMIT_CPU, setup["cpu_seconds"])
    _limit(resource.RLIMIT_FSIZE, setup["disk_mb"] * 2**20)
    _limit(resource.RLIMIT_NOFILE, 256)
    _limit(resource.RLIMIT_NPROC, 512)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    _limit(resource.RLIMIT_MSGQUEUE, 0)
    _limit(resource.RLIMIT_SIGPENDING, 1000)  # of what all processes of a user share


def _limit(what: int, value: int) -> None:
    _, most = resource.getrlimit(what)
    value = value if most == resource.RLIM_INFINITY else min(value, most)
    resource.setrlimit(what, (value, value))
