"""What arrives while a class is watched: found when it is complete, taken over without harm."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tiny_course import NAME

from autograder.collecting import plain_files
from autograder.collecting.drop_folder import DropFolder, SubmittedFolder
from autograder.collecting.exchange import Exchange
from autograder.collecting.inbox import Attempt, Inbox
from autograder.collecting.plain_files import copy_in, listing
from autograder.course import Course
from autograder.events import sentences
from autograder.files import NotAFile, open_regular
from autograder.messages import Problem
from autograder.submissions.handed_in import LEFT_OUT, read_folder, read_timestamp
from autograder.submissions.timestamps import parse_time

NOW = 1_000_000.0
SECRET = "5ec2e7" * 20


def anything(attempt: Attempt) -> bool:
    return True


def students(inbox: Inbox, now: float) -> list[str]:
    return sorted(attempt.student for attempt in inbox.attempts(now, anything))


def fail(text: str) -> None:
    raise AssertionError(text)


def test_only_plain_files_are_taken_over(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "course" / "tiny"
    deep = source / "1" / "2" / "3" / "4"
    deep.mkdir(parents=True)
    secret = tmp_path / "secret"
    secret.write_text("the gradebook")
    (source / "tiny.ipynb").write_text("{}")
    (source / "1" / "2" / "data.csv").write_text("1,2")
    (deep / "too deep").write_text("")
    (source / "link.ipynb").symlink_to(secret)
    (source / "folder").symlink_to(tmp_path)
    os.mkfifo(source / "pipe.ipynb")
    target.mkdir(parents=True)
    (target / "old.ipynb").write_text("{}")
    copy_in(source, listing(source), target)
    taken = sorted(str(p.relative_to(target)) for p in target.rglob("*") if not p.is_dir())
    assert taken == ["1/2/data.csv", "tiny.ipynb"]
    assert [p.name for p in target.parent.iterdir()] == ["tiny"]


def test_a_folder_in_the_place_of_a_file_is_left_and_leaves_nothing_open(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "course" / "tiny"
    for name in ("timestamp.txt", LEFT_OUT):
        (source / name).mkdir(parents=True)
        (source / name / "x").write_text("")
    (source / "tiny.ipynb").write_text("{}")
    held = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(3):
        assert [file.name for file in listing(source)] == ["tiny.ipynb"]
        assert read_timestamp(source)[0] is None
        with pytest.raises(NotAFile):
            open_regular(source / LEFT_OUT)
    assert len(os.listdir("/proc/self/fd")) == held  # noqa: PTH208
    copy_in(source, listing(source), target)
    assert [path.name for path in target.iterdir()] == ["tiny.ipynb"]


def test_of_many_folders_no_more_are_looked_into_than_of_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_files, "MAX_NAMES", 5)
    for number in range(9):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "file").write_text("")
    assert len(listing(tmp_path)) == 2


def test_what_is_too_much_is_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_files, "MAX_BYTES", 10)
    monkeypatch.setattr(plain_files, "MAX_FILES", 3)
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    sizes = {"a": 3, "b.csv": 11, "c": 1, "d": 2, "tiny.ipynb": 5}
    for name, size in sizes.items():
        (source / name).write_text("x" * size)
    copy_in(source, listing(source), target)
    assert sorted(p.name for p in target.iterdir()) == ["c", "d", LEFT_OUT, "tiny.ipynb"]
    (said,) = sentences("whole", read_folder(target, "tiny.ipynb").notes)
    assert said.startswith("Left out when it was collected: a, b.csv. One submission has room")
    copy_in(source / "b.csv", listing(source / "b.csv"), target)
    assert [p.name for p in target.iterdir()] == [LEFT_OUT]
    (source / "b.csv").unlink()
    (source / "a").unlink()
    copy_in(source, listing(source), target)
    assert sorted(p.name for p in target.iterdir()) == ["c", "d", "tiny.ipynb"]


def test_two_thousand_files_of_nothing_take_no_room(tmp_path: Path) -> None:
    """Each has 100 MB in which nothing is written: 200 GB, on any disk."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for number in range(2_000):
        (source / f"{number}").touch()
        os.truncate(source / f"{number}", 10**8)
    (source / "tiny.ipynb").write_text("{}")
    copy_in(source, listing(source), target)
    assert sum(path.stat().st_size for path in target.iterdir()) < 2.1e8
    assert (target / "tiny.ipynb").is_file()
    assert read_folder(target, "tiny.ipynb").notes


def test_hidden_folders_are_not_collected(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("tiny.ipynb", ".ipynb_checkpoints/tiny-checkpoint.ipynb", "work/.git/config"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("{}")
    assert [file.name for file in listing(source)] == ["tiny.ipynb"]


@pytest.fixture
def exchange(tiny: Course, tmp_path: Path) -> Path:
    """The inbound folder of an exchange that the tiny course uses."""
    inbound = tmp_path / "exchange" / "unrolled" / "inbound"
    inbound.mkdir(parents=True)
    (tiny.root / "own_config.py").write_text(
        "c.CourseDirectory.course_id = 'unrolled'\n"
        f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
        "c.ExchangeCollect.check_owner = False\n"
    )
    return inbound


def submit(inbound: Path, name: str, secret: str = SECRET, notebook: str = f"{NAME}.ipynb") -> Path:
    folder = inbound / name
    folder.mkdir()
    (folder / notebook).write_text("{}")
    (folder / "timestamp.txt").write_text("2026-03-01 12:00:00.000000 UTC")
    if secret:
        (folder / "submission_secret.txt").write_text(secret)
    return folder


def test_nbgraders_names_are_understood(tiny: Course, exchange: Path) -> None:
    submit(exchange, f"a+b+{NAME}+2026-03-01 12:00:00.5 UTC+Ab-_9")
    submit(exchange, f"c+{NAME}+2026-03-01 05:00:00.5 PDT+x")
    submit(exchange, f"c+{NAME}+2026-03-01 13:30:00 UTC")
    submit(exchange, "d+other+2026-03-01 12:00:00 UTC+x")
    submit(exchange, "no plus at all")
    heard: list[str] = []
    found = sorted(
        Exchange(tiny, NAME, heard.append).attempts(NOW, anything),
        key=lambda a: (a.student, a.when),
    )
    assert [(a.student, a.when) for a in found] == [
        ("a+b", 1772366400.5),
        ("c", 1772366400.5),
        ("c", 1772371800.0),
    ]
    assert len(heard) == 2


def test_a_submission_is_complete_when_its_secret_is_there(tiny: Course, exchange: Path) -> None:
    inbox = Exchange(tiny, NAME, fail)
    folder = submit(exchange, f"a+{NAME}+2026-03-01 12:00:00 UTC+x", secret="")
    for now in (NOW, NOW + 29.0):
        assert students(inbox, now) == []
    (folder / "more.txt").write_text("still copying")
    assert students(inbox, NOW + 31.0) == []
    (folder / "submission_secret.txt").write_text(SECRET)
    assert students(inbox, NOW + 32.0) == ["a"]


def test_odd_things_in_the_exchange_are_named_once_and_left(tiny: Course, exchange: Path) -> None:
    submit(exchange, f"..+{NAME}+2026-03-01 12:00:00 UTC+x")
    submit(exchange, f"a+{NAME}+yesterday+x")
    submit(exchange, f"a+{NAME}+99999999999999999999999999999912m d+x")
    (exchange / f"b+{NAME}+2026-03-01 12:00:00 UTC+x").symlink_to(tiny.root)
    (exchange / f"c+{NAME}+2026-03-01 12:00:00 UTC+x").write_text("a file")
    heard: list[str] = []
    inbox = Exchange(tiny, NAME, heard.append)
    for later in range(3):
        assert students(inbox, NOW + 100 * later) == []
    assert sorted(text.rpartition(": ")[2] for text in heard) == [
        "it is empty, begins with a dot, or has a blank at an end",
        "no time in its name",
        "no time in its name",
        "not a folder",
        "not a folder",
    ]


def test_a_submission_of_another_user_is_refused(tiny: Course, exchange: Path) -> None:
    with (tiny.root / "own_config.py").open("a") as file:
        file.write("c.ExchangeCollect.check_owner = True\n")
    submit(exchange, f"somebody-else+{NAME}+2026-03-01 12:00:00 UTC+x")
    heard: list[str] = []
    assert students(Exchange(tiny, NAME, heard.append), NOW) == []
    (text,) = heard
    assert "claims to be somebody-else's, but belongs to the user" in text
    assert "check_owner = False" in text


def test_an_answer_lies_where_fetch_feedback_looks(tiny: Course, exchange: Path) -> None:
    from nbgrader.utils import notebook_hash

    name = f"a+{NAME}+2026-03-01 12:00:00 UTC+x"
    submit(exchange, name, notebook=f"{NAME} (1).ipynb")
    inbox = Exchange(tiny, NAME, fail)
    (attempt,) = inbox.attempts(NOW, anything)
    inbox.collect(attempt)
    inbox.give(attempt, b"a page")
    folder = exchange.parent / "feedback"
    assert {page.name: page.read_bytes() for page in folder.iterdir()} == {
        f"{notebook_hash(secret=SECRET, notebook_id=stem)}.html": b"a page"
        for stem in (NAME, f"{NAME} (1)")
    }
    assert folder.stat().st_mode & 0o777 == 0o711
    assert (tiny.submitted / "a" / NAME / f"{NAME} (1).ipynb").is_file()
    assert (tiny.submitted / "a" / NAME / "timestamp.txt").is_file()


def test_without_a_secret_there_is_no_way_back(tiny: Course, exchange: Path) -> None:
    submit(exchange, f"a+{NAME}+2026-03-01 12:00:00 UTC", secret="")
    heard: list[str] = []
    inbox = Exchange(tiny, NAME, heard.append)
    assert students(inbox, NOW) == []
    (attempt,) = inbox.attempts(NOW + 31.0, anything)
    inbox.give(attempt, b"a page")
    assert heard == [
        f"{attempt.key}: handed in without submission_secret.txt: no feedback can be given back"
    ]
    assert list((exchange.parent / "feedback").iterdir()) == []


def test_no_exchange(tiny: Course, tmp_path: Path) -> None:
    (tiny.root / "own_config.py").write_text(f"c.Exchange.root = {str(tmp_path)!r}\n")
    with pytest.raises(Problem, match="There is no exchange to watch") as problem:
        Exchange(tiny, NAME, fail)
    assert "nbgrader release_assignment tiny" in problem.value.remedy


def test_submitted_is_watched_for_changes(tiny: Course, hand_in: Callable[..., Path]) -> None:
    path = hand_in("a", {})
    inbox = SubmittedFolder(tiny, NAME, fail)
    assert students(inbox, NOW) == []
    (first,) = inbox.attempts(NOW + 1.0, anything)
    (same,) = SubmittedFolder(tiny, NAME, fail).attempts(NOW + 1.0, anything) or [first]
    assert same.key == first.key
    path.write_text(path.read_text() + " ")
    assert students(inbox, NOW + 2.0) == []
    (second,) = inbox.attempts(NOW + 3.0, anything)
    assert second.key != first.key
    assert second.when > first.when


def test_a_file_that_is_still_being_copied_is_left_alone(
    tiny: Course, hand_in: Callable[..., Path]
) -> None:
    path = hand_in("a", {})
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    inbox = SubmittedFolder(tiny, NAME, fail)
    for later in (0.0, 10.0, 29.0):
        assert students(inbox, NOW + later) == []
    path.write_text(whole)
    assert students(inbox, NOW + 29.5) == []
    assert students(inbox, NOW + 31.0) == ["a"]
    path.write_text(whole[: len(whole) // 2])
    assert students(inbox, NOW + 40.0) == []
    assert students(inbox, NOW + 70.0) == ["a"]


def test_a_notice_lies_beside_the_feedback_and_goes_when_that_comes(
    tiny: Course, hand_in: Callable[..., Path]
) -> None:
    hand_in("a", {})
    inbox = SubmittedFolder(tiny, NAME, fail)
    students(inbox, NOW)
    (attempt,) = inbox.attempts(NOW + 1.0, anything)
    inbox.give(attempt, b"wait", final=False)
    notice = tiny.feedback / "a" / NAME / f"{NAME}-waiting.html"
    assert notice.read_bytes() == b"wait"
    inbox.give(attempt, b"a page")
    assert not notice.exists()


@pytest.fixture
def drops(tiny: Course, tmp_path: Path) -> Path:
    folder = tmp_path / "drops"
    (folder / "sample-1").mkdir(parents=True)
    (folder / "sample-1" / "my answer.ipynb").write_text("{}")
    (folder / "sample-2_12345_67890_tiny-1.ipynb").write_text("{}")
    (folder / ".hidden.ipynb").write_text("{}")
    (folder / "empty").mkdir()
    (folder / "link").symlink_to(tiny.root)
    return folder


def test_a_folder_of_drops(tiny: Course, drops: Path) -> None:
    (drops / "link").unlink()
    inbox = DropFolder(tiny, NAME, drops, fail)
    assert students(inbox, NOW) == []
    assert students(inbox, NOW + 1.0) == ["sample-1", "sample-2"]
    for attempt in inbox.attempts(NOW + 1.0, anything):
        inbox.collect(attempt)
        inbox.give(attempt, b"wait", final=False)
        inbox.give(attempt, b"a page")
    assert tiny.students(NAME) == ["sample-1", "sample-2"]
    handed_in = (tiny.submitted / "sample-1" / NAME / "timestamp.txt").read_text()
    assert handed_in.endswith(" UTC\n")
    pages = {str(p.relative_to(drops)) for p in drops.glob("**/*.html")}
    assert pages == {
        "sample-1/tiny-feedback.html",
        "sample-2_12345_67890_tiny-1-feedback.html",
    }
    gone = Attempt("sample-3", "gone", NOW, drops / "sample-3" / "tiny.ipynb")
    inbox.give(gone, b"a page")
    assert not (drops / "sample-3").exists()
    first = {a.key for a in inbox.attempts(NOW + 2.0, anything)}
    assert first == {a.key for a in inbox.attempts(NOW + 9.0, anything)}


def test_a_drop_that_names_nobody_is_told_of_once(tiny: Course, drops: Path) -> None:
    (drops / "a ").mkdir()
    (drops / "link").unlink()
    (drops / "tiny.ipynb").write_text("{}")
    heard: list[str] = []
    inbox = DropFolder(tiny, NAME, drops, heard.append)
    for later in range(3):
        students(inbox, NOW + later)
    unnamed, text = heard
    assert unnamed.startswith("'a ' cannot be the id of a student: it is empty, begins with")
    assert text.startswith("tiny.ipynb: whose is it?")
    with pytest.raises(Problem, match="There is no folder"):
        DropFolder(tiny, NAME, drops / "nowhere", fail)


def test_what_changed_since_it_was_seen_is_not_collected(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    target.mkdir()
    (target / "before.ipynb").write_text("{}")
    (source / "tiny.ipynb").write_text("{}")
    seen = listing(source)
    (source / "tiny.ipynb").write_text("{ }")
    (source / "more.txt").write_text("handed in a moment later")
    with pytest.raises(OSError, match="changed while it was collected"):
        copy_in(source, seen, target)
    with pytest.raises(OSError, match="changed while it was collected"):
        copy_in(source / "tiny.ipynb", seen, target)
    assert [path.name for path in target.iterdir()] == ["before.ipynb"]
    seen = tuple(file for file in listing(source) if file.name == "tiny.ipynb")
    copy_in(source, seen, target)
    assert [path.name for path in target.iterdir()] == ["tiny.ipynb"]


def swapped(path: Path, other: Path) -> None:
    """A student puts a link to another's folder in place of their own."""
    path.rename(path.with_name("away"))
    path.symlink_to(other)


def test_a_drop_that_became_a_link_reaches_nobody_else(tiny: Course, drops: Path) -> None:
    (drops / "link").unlink()
    inbox = DropFolder(tiny, NAME, drops, fail)
    students(inbox, NOW)
    attempt = next(a for a in inbox.attempts(NOW + 1.0, anything) if a.student == "sample-1")
    other = drops / "sample-3"
    other.mkdir()
    (other / "my answer.ipynb").write_text("another's")
    (other / "tiny-feedback.html").write_text("another's")
    swapped(attempt.path, other)
    for act in (inbox.collect, lambda attempt: inbox.give(attempt, b"a page")):
        with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
            act(attempt)
    assert (other / "tiny-feedback.html").read_text() == "another's"
    assert tiny.students(NAME) == []


def test_a_link_in_the_exchange_lends_nobody_anothers_secret(tiny: Course, exchange: Path) -> None:
    own = submit(exchange, f"a+{NAME}+2026-03-01 12:00:00 UTC+x")
    other = submit(exchange, f"b+{NAME}+2026-03-01 12:00:00 UTC+x", secret="another's")
    inbox = Exchange(tiny, NAME, fail)
    attempt = next(a for a in inbox.attempts(NOW, anything) if a.student == "a")
    swapped(own, other)
    for act in (inbox.collect, lambda attempt: inbox.give(attempt, b"a page")):
        with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
            act(attempt)
    assert list((exchange.parent / "feedback").iterdir()) == []


def test_a_page_for_what_was_taken_away_is_given_to_nobody(tiny: Course, exchange: Path) -> None:
    folder = submit(exchange, f"a+{NAME}+2026-03-01 12:00:00 UTC+x")
    inbox = Exchange(tiny, NAME, fail)
    (attempt,) = inbox.attempts(NOW, anything)
    folder.rename(exchange.parent / "away")
    inbox.give(attempt, b"a page")
    assert list((exchange.parent / "feedback").iterdir()) == []


def test_when_it_was_put_there_is_not_what_its_student_says(tiny: Course, drops: Path) -> None:
    (drops / "sample-2_12345_67890_tiny-1.ipynb").unlink()
    os.utime(drops / "sample-1" / "my answer.ipynb", (0, 0))
    (drops / "link").unlink()
    inbox = DropFolder(tiny, NAME, drops, fail)
    students(inbox, NOW)
    (attempt,) = inbox.attempts(NOW + 1.0, anything)
    inbox.collect(attempt)
    timestamp = (tiny.submitted / "sample-1" / NAME / "timestamp.txt").read_text()
    assert not timestamp.startswith("1970")


def test_the_exchange_takes_no_time_from_a_student(tiny: Course, exchange: Path) -> None:
    """The name says when it was handed in, and so does a file; both are the student's own."""
    submit(exchange, f"a+{NAME}+2001-01-01 12:00:00 UTC+x")
    inbox = Exchange(tiny, NAME, fail)
    (attempt,) = inbox.attempts(NOW, anything)
    before = datetime.now(UTC) - timedelta(minutes=5)
    inbox.collect(attempt)
    timestamp, untimed = read_timestamp(tiny.submitted / "a" / NAME)
    assert untimed is None
    assert timestamp is not None
    assert parse_time(timestamp.strip()) > before


def strangers(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Nobody may hand in for all, and files with these names belong to user 12345."""
    seen = plain_files._seen
    monkeypatch.setattr(DropFolder, "_keepers", lambda inbox: {os.geteuid()})
    monkeypatch.setattr(
        plain_files,
        "_seen",
        lambda name, status: seen(name, status)._replace(
            owner=12345 if name in names else status.st_uid
        ),
    )


def test_nobody_drops_a_notebook_for_another(
    tiny: Course, drops: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drops / "link").unlink()
    (drops / "sample-2_99999_99999_tiny.ipynb").write_text("another's")
    (drops / "sample-1" / "tiny.ipynb").write_text("another's")
    strangers(monkeypatch, "sample-2_99999_99999_tiny.ipynb", "tiny.ipynb")
    heard: list[str] = []
    inbox = DropFolder(tiny, NAME, drops, heard.append)
    students(inbox, NOW)
    for attempt in inbox.attempts(NOW + 1.0, anything):
        inbox.collect(attempt)
    taken = {str(p.relative_to(tiny.submitted)) for p in tiny.submitted.rglob("*.ipynb")}
    assert taken == {
        "sample-1/tiny/my answer.ipynb",
        "sample-2/tiny/sample-2_12345_67890_tiny-1.ipynb",
    }
    assert [text.partition(":")[0] for text in heard] == [
        "sample-1",
        "sample-2_99999_99999_tiny.ipynb",
    ]
    assert all("belongs to the user 12345: not graded" in text for text in heard)
    (tiny.root / "own_config.py").write_text("c.ExchangeCollect.check_owner = False\n")
    assert len(DropFolder(tiny, NAME, drops, fail)._look(attempt)) == 1


def test_a_folder_that_somebody_else_made_is_not_its_students(
    tiny: Course, drops: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DropFolder, "_keepers", lambda inbox: set())
    monkeypatch.setattr("autograder.collecting.inbox._user", lambda number: "sample-2")
    heard: list[str] = []
    inbox = DropFolder(tiny, NAME, drops, heard.append)
    students(inbox, NOW)
    assert students(inbox, NOW + 1.0) == ["sample-2"]
    assert any(text.startswith("sample-1: claims to be sample-1's, but") for text in heard)


def test_files_that_nobody_grades_get_a_word(tiny: Course, drops: Path) -> None:
    (drops / "sample-2_12345_67890_tiny-1.ipynb").rename(drops / "sample-2_1_2_TINY.IPYNB")
    (drops / "sample-4_1_2_tiny.zip").write_text("PK")
    (drops / "sample-5").mkdir()
    (drops / "sample-5" / "tiny.pdf").write_text("%PDF")
    heard: list[str] = []
    inbox = DropFolder(tiny, NAME, drops, heard.append)
    for later in (0.0, 1.0, 29.0):
        students(inbox, NOW + later)
    notice = drops / "sample-5" / "tiny-feedback-waiting.html"
    assert not notice.exists()
    for later in (31.0, 32.0, 33.0):
        assert students(inbox, NOW + later) == ["sample-1", "sample-2"]
    page = notice.read_text()
    assert "There is no notebook: nothing was graded" in page
    assert "Only this was found: tiny.pdf." in page
    assert heard == [
        "link: a link, which is not followed: nobody grades it",
        "sample-4_1_2_tiny.zip: no notebook: nobody grades it",
        "sample-5: no notebook, only tiny.pdf: not graded",
    ]


def test_an_assignment_that_is_none_gets_a_word(tiny: Course, exchange: Path) -> None:
    submit(exchange, "a+tinny+2026-03-01 12:00:00 UTC+x")
    heard: list[str] = []
    assert students(Exchange(tiny, NAME, heard.append), NOW) == []
    (text,) = heard
    assert text.endswith("for no assignment of this course: nobody grades it")


def test_a_file_that_changes_while_it_is_copied_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "tiny.ipynb").write_text("x" * 100)
    seen = listing(source)
    monkeypatch.setattr(plain_files, "_CHUNK", 10)
    min_ = min

    def growing(*numbers: int) -> int:
        with (source / "tiny.ipynb").open("a") as file:
            file.write("more")
        return min_(*numbers)

    monkeypatch.setattr(plain_files, "min", growing, raising=False)
    with pytest.raises(OSError, match="changed while it was collected"):
        copy_in(source, seen, tmp_path / "target")
    assert not (tmp_path / "target").exists()
