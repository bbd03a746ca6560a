"""From a learning platform's download to grades, through `nbgrader zip_collect`."""

import io
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from tiny_course import NAME, RIGHT, answered

from autograder.collecting.lms_names import name_pattern
from autograder.course import Course
from autograder.events import sentences
from autograder.gradebook.grades import read_grades
from autograder.lms_numbers import read_numbers
from autograder.scheduling.grade import grade
from autograder.submissions.handed_in import read_folder

FORGETS = RIGHT | {"shift-answer": "def shift(x, b):\n    return 1.0 * x\n"}
BEFORE = "/course/downloaded/rnn/extracted/submissions/"


@pytest.mark.parametrize(
    ("name", "student", "file"),
    [
        ("sample-1_12345_67890_rnn.ipynb", "sample-1", "rnn"),
        ("sample-1_LATE_12345_67890_rnn-1.ipynb", "sample-1", "rnn"),
        ("sample-1_12345_67890_rnn (2).ipynb", "sample-1", "rnn"),
        ("sample-1_12345_67890_part-1.ipynb", "sample-1", "part-1"),
        ("sample-1_12345_67890_part-1-3.ipynb", "sample-1", "part-1"),
        ("sample-1_12345_67890_my_own_name.ipynb", "sample-1", "my_own_name"),
        ("Sample Ż One_12345_assignsubmission_file_/rnn.ipynb", "Sample Ż One", "rnn"),
        ("Sample One_12345_assignsubmission_file_rnn.ipynb", "Sample One", "rnn"),
        ("sample-1_12345_67890_work/a rnn.ipynb", "sample-1", "a rnn"),
        ("sample-1_12345_67890_work/sample-2_1_2_rnn.ipynb", "sample-1", "sample-2_1_2_rnn"),
        ("sample-1_1_2_work/extracted/sample-2_1_2_rnn.ipynb", "sample-1", "sample-2_1_2_rnn"),
        ("sample-1_12345_67890_rnn.pdf", "sample-1", "rnn"),
        ("sample-1_late_12345_67890_rnn.ipynb", "sample-1", "rnn"),
        ("o_neil_12345_67890_rnn.ipynb", "o_neil", "rnn"),
        ("anon_Xy3fQ_67890_rnn.ipynb", "anon_Xy3fQ", "rnn"),
        ("LATE_anon_Xy3fQ_67890_rnn-2.ipynb", "anon_Xy3fQ", "rnn"),
        ("sample-1_12345_text.html", "sample-1", "text"),
        ("sample-1_LATE_12345_link.html", "sample-1", "link"),
        ("Sample One_12345_assignsubmission_file/a b/rnn.ipynb", "Sample One", "rnn"),
        ("Participant_12345_assignsubmission_file_rnn.ipynb", "Participant", "rnn"),
        ("Team 1_45_assignsubmission_file_/rnn.ipynb", "Team 1", "rnn"),
        ("Default group_assignsubmission_file_/rnn.ipynb", "Default group", "rnn"),
    ],
)
def test_names(name: str, student: str, file: str) -> None:
    pattern = name_pattern(["rnn", "part-1"])
    for path in (name, BEFORE + name):
        match = re.match(pattern, path)
        assert match is not None
        assert (match["student_id"], match["file_id"]) == (student, file)


@pytest.mark.parametrize(
    "name",
    [
        "rnn.ipynb",
        "sample-1_rnn.ipynb",
        "Sample_12345_assignsubmission_onlinetext_a.html",
        "_1_2_x.py",
    ],
)
def test_names_of_another_kind(name: str) -> None:
    assert re.match(name_pattern(["rnn"]), BEFORE + name) is None


def zipped(files: Mapping[str, str | bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def download(
    course: Course,
    files: Mapping[str, str | bytes],
    name: str = "download_1.zip",
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    folder = course.root / "downloaded" / NAME / "archive"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(zipped(files, compression))
    return folder / name


def zip_collect(course: Course, *options: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [Path(sys.executable).with_name("nbgrader"), "zip_collect", NAME, *options],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def submitted(course: Course) -> list[str]:
    found = course.submitted.rglob("*")
    return sorted(str(p.relative_to(course.submitted)) for p in found if p.is_file())


@pytest.mark.sandbox
def test_from_download_to_grades(tiny: Course, released: NotebookNode) -> None:
    right, forgets = (nbformat.writes(answered(released, a)) for a in (RIGHT, FORGETS))
    download(
        tiny,
        {
            "sample-canvas_12345_67890_tiny.ipynb": right,
            "sample-late_LATE_12346_67891_tiny-2.ipynb": forgets,
            "Sample Moodle_12347_assignsubmission_file_/tiny.ipynb": right,
            "sample-pdf_12348_67893_tiny.pdf": b"%PDF-1.7",
            "sample-zip_12349_67894_work.zip": zipped({"my work/tiny.ipynb": forgets}),
            "学生 Zoë_12350_assignsubmission_file_/tiny.ipynb": right,
            "sample-often_12351_67895_tiny.ipynb": "an attempt that is no notebook",
            "sample-often_LATE_12351_67896_tiny-1.ipynb": forgets,
            "sample-often_LATE_12351_67897_tiny-2.ipynb": right,
            "Sample Text_12352_assignsubmission_onlinetext_/onlinetext.html": "<p>Hello!</p>",
        },
    )
    done = zip_collect(tiny)
    assert done.returncode == 0, done.stderr
    outcomes = grade(tiny, NAME)
    assert not any(outcome.problem for outcome in outcomes)
    numbers = read_numbers(tiny.root, NAME)
    assert numbers.canvas["sample-late"] == "12346"
    assert numbers.moodle == {"Sample Moodle": "12347", "学生 Zoë": "12350"}
    assert {student: held.score for student, held in read_grades(tiny, NAME).items()} == {
        "Sample Moodle": 5.0,
        "sample-canvas": 5.0,
        "sample-late": 3.0,
        "sample-often": 5.0,
        "sample-pdf": 0.0,
        "sample-zip": 3.0,
        "学生 Zoë": 5.0,
    }


def test_one_students_odd_files_do_not_end_the_run(tiny: Course) -> None:
    link = zipfile.ZipInfo("sample-link_1_2_tiny.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = download(
        tiny,
        {
            "sample-twice_1_2_tiny.ipynb": "old",
            "sample-twice_1_2_tiny-1.ipynb": "new",
            "sample-broken_1_3_work.zip": b"PK\x03\x04 broken",
            "sample-two_1_4_work.zip": zipped({"a/tiny.ipynb": "a", "b/tiny.ipynb": "b"}),
            "sample-forging_1_5_work.zip": zipped(
                {"sample-twice_1_2_tiny.ipynb": "forged", "../../../sample-twice/tiny.ipynb": "x"}
            ),
            "..\\..\\sample-up_1_6_tiny.ipynb": "up",
            "../../sample-up_1_6_tiny.ipynb": "up",
            "/sample-root_1_7_tiny.ipynb": "root",
            ".._1_8_tiny.ipynb": "dots",
            "__MACOSX/sample-mac_1_9_tiny.ipynb": "junk",
        },
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    done = zip_collect(tiny)
    assert done.returncode == 0, done.stderr
    assert submitted(tiny) == [
        "sample-broken/tiny/left-out.txt",
        "sample-broken/tiny/work.zip",
        "sample-forging/tiny/sample-twice_1_2_tiny.ipynb",
        "sample-twice/tiny/tiny (2).ipynb",
        "sample-twice/tiny/tiny.ipynb",
        "sample-two/tiny/a tiny.ipynb",
        "sample-two/tiny/b tiny.ipynb",
    ]
    assert (tiny.submitted / "sample-twice" / NAME / "tiny.ipynb").read_text() == "new"
    assert "sample-broken_1_3_work.zip cannot be unpacked" in done.stderr
    assert done.stderr.count("Left out, as it is no plain file") == 5
    assert "'..' cannot be the id of a student" in done.stderr


def test_a_folder_called_as_the_list_of_what_is_left_out_stays_under_another_name(
    tiny: Course,
) -> None:
    download(
        tiny,
        {
            "Sample Odd_12_assignsubmission_file/left-out.txt.zip": zipped({"tiny.ipynb": "mine"}),
            "Sample Odd_12_assignsubmission_file/z.zip": b"PK\x03\x04 broken",
            "Sample Good_13_assignsubmission_file/tiny.ipynb": "good",
        },
    )
    done = zip_collect(tiny)
    assert done.returncode == 0, done.stderr
    found = {path: (tiny.submitted / path).read_text() for path in submitted(tiny)}
    assert {"good", "mine"} <= set(found.values()), found
    (told,) = [text for path, text in found.items() if path.endswith("/tiny/left-out.txt")]
    assert "z.zip" in told


def test_a_checkpoint_in_an_archive_does_not_count(tiny: Course) -> None:
    work = zipped(
        {
            "work/tiny.ipynb": "new",
            "work/.ipynb_checkpoints/tiny-checkpoint.ipynb": "old",
            "work/__MACOSX/._tiny.ipynb": "junk",
        }
    )
    place = "Sample Moodle_2_assignsubmission_file_/"
    download(
        tiny,
        {
            "sample-zip_1_2_work.zip": work,
            f"{place}tiny.ipynb": "new",
            f"{place}.ipynb_checkpoints/tiny-checkpoint.ipynb": "old",
        },
    )
    assert zip_collect(tiny).returncode == 0
    assert submitted(tiny) == ["Sample Moodle/tiny/tiny.ipynb", "sample-zip/tiny/work tiny.ipynb"]


def test_archives_without_number_cost_their_student_alone(tiny: Course) -> None:
    """All archives of a student have room together for what one submission may take."""
    nulls = zipped({f"{number}.txt": bytes(9 * 10**7) for number in range(2)}, zipfile.ZIP_DEFLATED)
    names = zipped({f"{number:x}": "" for number in range(40_000)})
    download(
        tiny,
        {
            **{f"sample-greedy_1_{number}_{number}.zip": nulls for number in range(4)},
            "sample-names_2_9_names.zip": names,
            "sample-other_3_9_tiny.ipynb": "fine",
        },
        compression=zipfile.ZIP_DEFLATED,
    )
    done = zip_collect(tiny)
    assert done.returncode == 0, done.stderr
    assert "sample-other/tiny/tiny.ipynb" in submitted(tiny)
    whole = sum(path.stat().st_size for path in tiny.root.rglob("*") if path.is_file())
    assert whole < 5 * 10**8
    for student, said in (("sample-greedy", "1.txt"), ("sample-names", "it holds too many files")):
        handed_in = read_folder(tiny.submitted / student / NAME, f"{NAME}.ipynb")
        (told,) = sentences("whole", handed_in.notes)
        assert said in told
        assert "One submission has room for 200 MB, notebooks first" in told


def test_students_of_the_same_name_are_told_apart(tiny: Course) -> None:
    download(
        tiny,
        {
            "sample_111_1_tiny.ipynb": "one",
            "sample_LATE_222_2_tiny.ipynb": "other",
            "sample-else_333_3_tiny.ipynb": "",
        },
    )
    done = zip_collect(tiny)
    assert submitted(tiny) == [
        "sample-111/tiny/tiny.ipynb",
        "sample-222/tiny/tiny.ipynb",
        "sample-else/tiny/tiny.ipynb",
    ]
    assert "Several students are called 'sample'" in done.stderr


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html>please log in</html>", "it is broken or no zip archive"),
        (
            zipped({"sample-1_1_2_tiny.ipynb": "x" * 10_000})[:-300],
            "it is broken or no zip archive",
        ),
        (b"", "it is broken or no zip archive"),
    ],
)
def test_a_download_that_is_broken_is_named(content: bytes, why: str, tiny: Course) -> None:
    download(tiny, {"sample-1_1_2_tiny.ipynb": "fine"}, "a.zip")
    bad = download(tiny, {}, "b.zip")
    bad.write_bytes(content)
    done = zip_collect(tiny)
    assert done.returncode == 1
    (said,) = [line for line in done.stderr.splitlines() if "ERROR" in line]
    assert f"{bad} cannot be unpacked: {why}" in said
    assert "Nothing was collected. Download it again" in said
    assert submitted(tiny) == []


def test_a_damaged_or_locked_file_in_it_is_named(tiny: Course) -> None:
    path = download(tiny, {"sample-1_1_2_tiny.ipynb": "some text that is checked"})
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"some text", b"SOME TEXT"))
    assert "Bad CRC-32" in zip_collect(tiny).stderr
    locked = bytearray(whole)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[whole.index(mark) + offset] |= 1
    path.write_bytes(bytes(locked))
    assert "it is locked with a password" in zip_collect(tiny, "--force").stderr
