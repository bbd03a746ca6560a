"""Started by autograder.sandbox in a bare interpreter; its argument is the set-up, as JSON."""

import json
import os
import resource
import sys

setup = json.loads(sys.argv.pop())
sys.path[:] = setup["path"]


def limit(what: int, value: int) -> None:
    _, most = resource.getrlimit(what)
    value = value if most == resource.RLIM_INFINITY else min(value, most)
    resource.setrlimit(what, (value, value))


limit(resource.RLIMIT_AS, setup["memory_mb"] * 2**20)
limit(resource.RLIMIT_CPU, setup["cpu_seconds"])
limit(resource.RLIMIT_FSIZE, setup["disk_mb"] * 2**20)
limit(resource.RLIMIT_NOFILE, 256)
limit(resource.RLIMIT_NPROC, 512)
limit(resource.RLIMIT_CORE, 0)
os.closerange(3, setup["channel"])
os.closerange(setup["channel"] + 1, 4096)

from autograder.worker.server import serve  # noqa: E402

serve(setup)
