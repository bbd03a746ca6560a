"""Started by the examiner in a bare interpreter; its argument is the set-up, as JSON.

With a "control" in it this becomes the fork server, which forks students' processes; else it is the
process of one student.
"""

import json
import sys

setup = json.loads(sys.argv.pop())
sys.path[:] = setup["path"]

if "control" in setup:
    from autograder.worker.fork_server import run

    run(setup)
else:
    import os

    from autograder.worker.limits import limit

    limit(setup["limits"])
    os.closerange(3, setup["channel"])
    os.closerange(setup["channel"] + 1, 4096)

    from autograder.worker.server import discard_standard_streams, serve
    from autograder.worker.shell import Notebook

    notebook = Notebook(setup["home"])
    discard_standard_streams()
    serve(setup["channel"], notebook, setup["limits"])
