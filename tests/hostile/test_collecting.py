"""Archives and folders as learning platforms and students send them: nothing leaves its place."""

import io
import os
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from lab import CANARY, POINTS, submission
from lab_course import NAME, released_course

from autograder.collecting.plain_files import copy_in, listing
from autograder.course import Course
from autograder.gradebook.grades import read_grades
from autograder.scheduling.grade import grade
from autograder.submissions.handed_in import read_folder

RIGHT = nbformat.writes(submission())
NULLS = bytes(3 * 10**7)


def packed(write: Callable[[zipfile.ZipFile], object]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        write(archive)
    return buffer.getvalue()


def named(*names: str) -> bytes:
    """An archive in which the right notebook has these names."""
    return packed(lambda archive: [archive.writestr(name, RIGHT) for name in names])


def of_kind(kind: int, content: str) -> bytes:
    """An archive with a link, or whatever else a file's mode can say."""
    info = zipfile.ZipInfo(f"{NAME}.ipynb")
    info.external_attr = (kind | 0o777) << 16
    return packed(lambda archive: archive.writestr(info, content))


def lying_about_its_size() -> bytes:
    data = bytearray(packed(lambda archive: archive.writestr(f"{NAME}.ipynb", NULLS)))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def overlapping() -> bytes:
    """Many entries that all point at the same data."""
    one = packed(lambda archive: archive.writestr("a", NULLS))
    start, end = one.rindex(b"PK\x01\x02"), one.rindex(b"PK\x05\x06")
    entry, tail = one[start:end], bytearray(one[end:])
    tail[8:12] = 2 * (500).to_bytes(2, "little")
    tail[12:16] = (500 * len(entry)).to_bytes(4, "little")
    return one[:start] + 500 * entry + bytes(tail)


#: What a student's archive holds, and what its author hopes for.
ARCHIVES = {
    "up": (named("../../../zz-honest/lab/lab.ipynb"), "another's notebook is overwritten"),
    "up-windows": (named("..\\..\\..\\zz-honest\\lab\\lab.ipynb"), "the same"),
    "root": (named("/etc/cron.d/x", "//x", "C:\\x.ipynb"), "a file of the machine's is written"),
    "config": (named("../../../nbgrader_config.py"), "code runs at the next command"),
    "link": (of_kind(stat.S_IFLNK, "/etc/passwd"), "what it leads to is handed in"),
    "device": (of_kind(stat.S_IFCHR, ""), "whoever reads it waits for ever"),
    "pipe": (of_kind(stat.S_IFIFO, ""), "the same"),
    "bomb": (packed(lambda a: [a.writestr(f"{i}", NULLS) for i in range(20)]), "the disk is full"),
    "overlap": (overlapping(), "15 GB from 30 kB"),
    "liar": (lying_about_its_size(), "more is written than is counted"),
    "many": (named(*[f"{n}/lab.ipynb" for n in range(3)]), "one of several is right"),
    "file-and-folder": (named("a", "a/b.ipynb"), "the command ends with an error"),
    "long": (named(f"{'n' * 300}.ipynb"), "the same"),
    "odd": (
        named("\x1b]0;owned\x07.ipynb", "<img src=x onerror=alert(1)>.ipynb"),
        "a page runs it",
    ),
    "dots": (named(".", "..", "...ipynb"), "the folder itself is overwritten"),
    "nested": (packed(lambda a: a.writestr("b.zip", named("../../x.ipynb"))), "two steps up"),
    "broken": (named("a.ipynb")[:-30], "the command ends with an error"),
}


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def outside(course: Course, place: Path) -> set[str]:
    return {name for name in tree(place) if not (place / name).is_relative_to(course.root)}


@pytest.mark.sandbox
def test_a_download_full_of_tricks(tmp_path: Path) -> None:
    course = released_course(tmp_path / "place")
    folder = course.root / "downloaded" / NAME / "archive"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "download.zip", "w") as download:
        for number, (student, (archive, _)) in enumerate(ARCHIVES.items(), 10):
            download.writestr(f"{student}_{number}_1_work.zip", archive)
        for student in ("aa-honest", "zz-honest"):
            download.writestr(f"{student}_99_1_{NAME}.ipynb", RIGHT)
        download.writestr(f"long-name_98_1_{'n' * 300}.ipynb", RIGHT)
        download.writestr(f"both_97_1_{NAME}.ipynb", RIGHT)
        download.writestr(f"both_97_1_{NAME}.ipynb/x.ipynb", RIGHT)
    beside, kept = outside(course, tmp_path), tree(course.root)
    command = [Path(sys.executable).with_name("nbgrader"), "zip_collect", NAME]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b]0;" not in done.stderr
    assert outside(course, tmp_path) == beside
    places = {path.split("/")[0] for path in tree(course.root) - kept}
    assert places <= {"submitted", "downloaded", ".lms", ".nbgrader.log"}
    _plain_and_bounded(course)
    outcomes = grade(course, NAME, workers=1)
    assert [outcome.problem for outcome in outcomes if outcome.problem] == []
    held = read_grades(course, NAME)
    for student in ("aa-honest", "zz-honest"):
        assert {name: held[student].points[name].auto for name in POINTS} == POINTS
    for student in ("up", "link", "device", "bomb", "liar", "broken"):
        assert held.get(student) is None or held[student].score == 0.0


def _plain_and_bounded(course: Course) -> None:
    whole = 0
    for folder, folders, names in os.walk(course.submitted):
        for name in [*folders, *names]:
            status = Path(folder, name).lstat()
            assert stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode), name
            whole += status.st_size
    assert whole < 5 * 10**8


@pytest.mark.parametrize("take", ["collect", "grade"])
def test_a_file_that_becomes_a_link_while_it_is_read(take: str, tmp_path: Path) -> None:
    """A student can change a folder of theirs at any moment, also while it is copied."""
    secret = tmp_path / "secret" / f"{NAME}.ipynb"
    secret.parent.mkdir()
    secret.write_text(CANARY)
    theirs = tmp_path / "student" / NAME
    theirs.mkdir(parents=True)
    path, spare = theirs / f"{NAME}.ipynb", theirs / "spare"
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            spare.write_text("mine")
            spare.replace(path)
            spare.symlink_to(secret)
            spare.replace(path)

    thread = threading.Thread(target=flip)
    thread.start()
    seen = 0
    try:
        for number in range(400):
            if take == "grade":
                data = b"".join(file.data for file in read_folder(theirs, path.name).files)
            else:
                target = tmp_path / "taken" / f"{number}"
                with suppress(OSError):
                    copy_in(theirs, listing(theirs), target)
                data = b"".join(p.read_bytes() for p in target.rglob("*") if not p.is_symlink())
                assert not any(p.is_symlink() for p in target.rglob("*"))
            assert CANARY.encode() not in data
            seen += b"mine" in data
    finally:
        stop.set()
        thread.join()
    assert seen > 0
