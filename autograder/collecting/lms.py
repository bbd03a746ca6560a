"""`nbgrader zip_collect` for what learning platforms let one download: Canvas, Moodle and the like.

nbgrader's own way ends with a traceback, and collects nothing, where one of the archives is broken
or one student has handed in two files of the same name.
"""

import errno
import re
import shutil
import stat
import zipfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import Any

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from autograder.course import why_no_id
from autograder.files import is_disk_trouble
from autograder.lms_numbers import LmsNumbers, add_numbers
from autograder.submissions.handed_in import LEFT_OUT, MAX_BYTES, MAX_FILES

#: Bytes of a student's archive that list its files: each takes ten times as much memory.
_MAX_DIRECTORY = 1_000_000
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, ValueError)
#: A name that is too long, or is another entry's folder.
_ODD_NAMES = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)
_OWNER = re.compile(
    r"(.+?)_((?:(?:LATE|late)_)?(\d+)_(?:\d+_|assignsubmission_|(?:text|link)\.html$).*)", re.DOTALL
)

#: What stands before the name of a file in one folder for all students.
_HEAD = re.compile(r".*?_(?:\d+_\d+_|\d+_assignsubmission_file_)", re.DOTALL)
_CHUNK = 1_000_000
#: The end of an archive, with the longest comment.
_MAX_END = 22 + 65_535


class Collector(FileNameCollectorPlugin):
    """nbgrader's collector, for students who handed in several files of one name.

    The newest keeps its name; the others are numbered.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._found: dict[str, dict[str, str]] | None = None

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Say whose file it is, and what it is called; None where the name does not say."""
        if self._found is None:
            folder = self.parent._format_collect_path(self.parent.extracted_directory)
            self._found = self._all_in(Path(folder))
        return self._found.get(submitted_file)

    def _all_in(self, folder: Path) -> dict[str, dict[str, str]]:
        files = [str(path) for path in folder.rglob("*") if path.is_file()]
        found = {}
        numbers: dict[str, dict[str, str]] = {"canvas": {}, "moodle": {}}
        times: Counter[tuple[str, str]] = Counter()
        for file in sorted(files, key=lambda file: _newest_first(file[len(str(folder)) :])):
            info: dict[str, str] | None = super().collect(file)
            if not info or not {"student_id", "file_id"} <= set(info):
                continue
            if why := why_no_id(info["student_id"]):
                self.log.warning("%r cannot be the id of a student: %s", info["student_id"], why)
                continue
            for platform, known in numbers.items():
                if number := info.get(platform):
                    known[info["student_id"]] = number
            name = info["file_id"]
            key = info["student_id"], f"{name}{Path(file).suffix}"
            times[key] += 1
            if times[key] > 1:
                info["file_id"] = f"{name} ({times[key]})"
            found[file] = info
        place = self.parent.coursedir
        add_numbers(Path(place.root), place.assignment_id, LmsNumbers(**numbers))
        return found


def _newest_first(file: str) -> tuple[int, int, str]:
    """Order by what Canvas writes: numbers in the order of handing in, and of the attempt."""
    number = re.search(r"_\d+_(\d+)_", file)
    attempt = re.search(r"-(\d+)\.\w+$", file)
    return -int(number[1]) if number else 0, -int(attempt[1]) if attempt else 0, file


@dataclass
class _Room:
    """What a student's submission may still take, and what was left out for that."""

    bytes: int = MAX_BYTES
    files: int = MAX_FILES
    left_out: list[str] = field(default_factory=list)

    def takes(self, size: int) -> bool:
        """Tell whether there is room for a file, and take it."""
        if size > self.bytes or not self.files:
            return False
        self.bytes -= size
        self.files -= 1
        return True


class Extractor(ExtractorPlugin):
    """Unpacks downloads: files only, nothing outside its folder, and no more than is sensible."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack what lies in one folder into another. Ends the command where it cannot."""
        for path in sorted(Path(archive_path).rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            target = Path(extracted_path)
            if path.suffix.lower() not in self.zip_ext:
                self.log.info("Copying %s", path)
                shutil.copy(path, target / path.name)
                continue
            self.log.info("Unpacking %s", path)
            # Without underscores, so that it is not taken for the name of a student's file.
            target /= path.stem.replace("_", "-")
            room: defaultdict[str, _Room] = defaultdict(_Room)
            try:
                with zipfile.ZipFile(path) as archive:
                    self._unpack(archive, target, room)
            except _BROKEN as error:
                self._refuse(path, _in_words(error))
            self._unpack_students_archives(target, room)
            _write_left_out(target, room)
            self._tell_apart(target)

    def _unpack(
        self,
        archive: zipfile.ZipFile,
        target: Path,
        room: "defaultdict[str, _Room]",
        owner: str = "",
    ) -> None:
        """Unpack what there is room for; all in one folder where it is an ``owner``'s archive.

        Raises one of _BROKEN, and OSError where the disk is full.
        """
        for member in archive.infolist():
            name = PurePosixPath(_printable(member.filename.replace("\\", "/")))
            if member.is_dir() or any(_is_hidden(part) for part in name.parts[:-1]):
                continue
            odd = name.is_absolute() or ".." in name.parts or not name.parts
            if odd or stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
                self.log.warning("Left out, as it is no plain file: %r", member.filename)
                continue
            whose = room[owner or _owner(name.parts[0])]
            if not whose.takes(member.file_size):
                whose.left_out.append(name.name)
                self.log.warning("Left out, as there is no room for it: %r", member.filename)
                continue
            place = target / (" ".join(name.parts) if owner else name)
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as packed, place.open("wb") as unpacked:
                    left = member.file_size
                    while chunk := packed.read(min(_CHUNK, left)):
                        unpacked.write(chunk)
                        left -= len(chunk)
            except OSError as error:
                if error.errno not in _ODD_NAMES:
                    raise
                self.log.warning("Left out, as its name cannot be used: %r", member.filename)

    def _unpack_students_archives(self, folder: Path, room: "defaultdict[str, _Room]") -> None:
        """Make a folder of each student's archive; a broken one stays, and is told of later."""
        for path in sorted(folder.rglob("*.zip")):
            made = path.with_suffix("")
            owner = _owner(path.relative_to(folder).parts[0])
            try:
                if _directory_size(path) > _MAX_DIRECTORY:
                    raise ValueError("it holds too many files")
                with zipfile.ZipFile(path) as archive:
                    self._unpack(archive, made, room, owner)
            except (*_BROKEN, OSError) as error:
                if isinstance(error, OSError) and is_disk_trouble(error):
                    raise
                shutil.rmtree(made, ignore_errors=True)
                self.log.warning("%s cannot be unpacked: %s", path.name, _in_words(error))
                room[owner].left_out.append(f"{path.name} ({_in_words(error)})")
            else:
                if made.is_dir():
                    path.unlink()

    def _tell_apart(self, folder: Path) -> None:
        """Give two students of the same name two ids, with their numbers in them."""
        numbers = defaultdict(set)
        owned = [(p, m) for p in sorted(folder.glob("*")) if (m := _OWNER.fullmatch(p.name))]
        for _, match in owned:
            numbers[match[1]].add(match[3])
        for path, match in owned:
            if len(numbers[match[1]]) > 1:
                self.log.warning("Several students are called %r: with numbers", match[1])
                path.rename(path.with_name(f"{match[1]}-{match[3]}_{match[2]}"))

    def _refuse(self, path: Path, why: str) -> None:
        self.parent.fail(
            f"{path} cannot be unpacked: {why}. Nothing was collected. "
            "Download it again from the learning platform, or take it away, and run the command "
            "again."
        )


def _owner(name: str) -> str:
    """Return what the names of all files of a student have in common, in a download."""
    match = _OWNER.fullmatch(name)
    return f"{match[1]}_{match[3]}" if match else name


def _is_hidden(part: str) -> bool:
    return (part.startswith(".") and part != "..") or part == "__MACOSX"


def _write_left_out(folder: Path, room: Mapping[str, _Room]) -> None:
    """Put beside each student's files the names of those that were left out."""
    owners = {_owner(path.name): path for path in sorted(folder.glob("*"))}
    for owner, taken in room.items():
        path = owners.get(owner)
        if not taken.left_out or path is None:
            continue
        text = "\n".join(taken.left_out)
        if path.is_dir():
            place = path / LEFT_OUT
        elif head := _HEAD.match(path.name):
            place = path.with_name(f"{head[0]}{LEFT_OUT}")
        else:
            continue
        if place.is_dir():  # a student's own, which stays under another name
            place.rename(Path(mkdtemp(prefix=f"{LEFT_OUT}-", dir=place.parent), LEFT_OUT))
        place.write_text(text, encoding="utf-8")


def _directory_size(path: Path) -> int:
    """Read how many bytes of an archive list its files; 0 where its end is not found."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _MAX_END))
        end = file.read()
    start = end.rfind(b"PK\x05\x06")
    return int.from_bytes(end[start + 12 : start + 16], "little") if start >= 0 else 0


def _printable(name: str) -> str:
    """Replace what would be a command to the terminal that nbgrader tells the name to."""
    return "".join(letter if letter.isprintable() else "-" for letter in name)


def _in_words(error: Exception) -> str:
    if isinstance(error, RuntimeError) and "encrypted" in str(error):
        return "it is locked with a password"
    if isinstance(error, zipfile.BadZipFile | EOFError):
        return f"it is broken or no zip archive ({error})"
    return str(error)
