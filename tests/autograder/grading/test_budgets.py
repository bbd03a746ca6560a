"""What one submission may take of the examiner, counted over everything: its peak is bounded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.options import Options

pytestmark = pytest.mark.sandbox

HERE = Path(__file__).parent
#: A message of the largest size, as it comes and as arrays, and copies that a test makes.
_MOST_MB = 400

_SCRIPT = """
import json, resource, sys
from pathlib import Path
import lab

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

first, answer = json.load(sys.stdin)
assignment = lab.assignment(Path(sys.argv[1]))
lab.grade(lab.submission(), assignment)
before = peak()
limits = {"cell_seconds": 20.0, "call_seconds": 20.0, "total_seconds": 200.0}
notebook = lab.submission({"double-answer": answer}, first=first)
graded = lab.grade(notebook, assignment, **limits)
print(json.dumps({
    "peak": peak() - before,
    "size": len(json.dumps(graded.to_dict())) / 1e6,
    "told": [event["kind"] for event in graded.notebook.metadata.autograder.events],
    "by hand": [cell.grade_id for cell in graded.cells if cell.needs_manual],
}))
"""

_RIGHT = "def double(x):\n    return 2 * x"
_PICTURE = (
    "from IPython.display import Image, display\n"
    "head = b'\\x89PNG\\r\\n\\x1a\\n' + bytes(8) + (640).to_bytes(4, 'big') * 2\n"
    "for _ in range(4):\n    display(Image(data=head + bytes(1_900_000)))"
)

#: Cells before the exercises, an answer, and what the student is told.
CASES: dict[str, tuple[list[str], str, list[str]]] = {
    "text": ([f"print('{i:03}' * 33_000)" for i in range(250)], _RIGHT, ["much-shown"]),
    "pictures": ([_PICTURE] * 40, _RIGHT, ["much-shown", "used-up"]),
    "results": ([], "import numpy as np\ndef double(x):\n    return np.zeros(8 * 10**6)", []),
    "objects": ([], "def double(x):\n    return [object() for _ in range(150_000)]", []),
    "numbers": ([], "def double(x):\n    return [2**4000 + i for i in range(4_000)]", []),
}


@pytest.mark.parametrize("case", CASES)
def test_the_examiners_peak_is_bounded(case: str, tmp_path: Path) -> None:
    first, answer, told = CASES[case]
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path / "lab")],
        input=json.dumps([first, answer]),
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": f"{HERE.parents[2]}:{HERE.parent}", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["peak"] < _MOST_MB
    assert found["size"] < Options().shown_mb + 2
    assert (found["told"], found["by hand"]) == (told, ["why-answer"])
