"""The folder of results cannot be written, or its disk is full: named, and nothing is lost."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from faulty_class import LIMIT, STUDENTS, FaultyClass

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(180)]


def results(a_class: FaultyClass) -> Path:
    folder = a_class.course.results / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_folder_that_is_read_only(a_class: FaultyClass) -> None:
    folder = str(results(a_class))
    code, said = a_class.run(inside=("bwrap", "--dev-bind", "/", "/", "--ro-bind", folder, folder))
    assert code == 2
    assert f"A result could not be kept in {a_class.course.root}: Read-only file system" in said
    assert "make it writable, and run the command again: it goes on where it was" in said
    assert "Traceback" not in said
    assert a_class.run()[0] == 0
    assert set(a_class.gradings().values()) <= {1, 2}
    assert a_class.finished() == set(STUDENTS)


ON_A_SMALL_DISK = """
import shutil, subprocess, sys
from pathlib import Path

folder, filler = Path(sys.argv[1]), Path(sys.argv[1], ".filler")
command = sys.argv[3:]
filler.write_bytes(b"x" * (shutil.disk_usage(folder).free - 30_000))
full = subprocess.run(command, capture_output=True, text=True)
print(full.returncode, full.stdout, full.stderr)
shutil.copytree(folder, sys.argv[2], ignore=shutil.ignore_patterns(".filler"))
"""


def test_a_disk_that_is_full(a_class: FaultyClass) -> None:
    folder, copy = results(a_class), a_class.folder / "what was kept"
    disk = ["bwrap", "--dev-bind", "/", "/", "--size", "1000000", "--tmpfs", str(folder)]
    script = [sys.executable, "-c", ON_A_SMALL_DISK, str(folder), str(copy)]
    done = subprocess.run(
        [*disk, *script, *a_class.command("--workers", "1")],
        capture_output=True,
        text=True,
        check=True,
        env=a_class.environment(),
        timeout=LIMIT,
    )
    assert done.stdout.startswith("2 "), done.stdout + done.stderr
    assert f"A result could not be kept in {a_class.course.root}: No space left" in done.stdout
    assert "Make room there" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert [path.name for path in copy.iterdir() if path.name.startswith(".")] == []
    shutil.copytree(copy, folder, dirs_exist_ok=True)
    kept = a_class.finished()
    assert 0 < len(kept) < len(STUDENTS)
    before = a_class.gradings()
    assert a_class.run()[0] == 0
    after = a_class.gradings()
    assert {s for s in STUDENTS if after[s] > before[s]} == set(STUDENTS) - kept
