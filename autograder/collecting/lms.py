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
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from autograder.course import why_no_id

_MAX_FILE = 100_000_000
_MAX_DOWNLOAD = 5_000_000_000
_MAX_ARCHIVE = 200_000_000
_MAX_MEMBERS = 50_000
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, ValueError)
#: A name that is too long, or is another entry's folder.
_ODD_NAMES = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)
_OWNER = re.compile(r"([^/_]+)_((?:LATE_)?(\d+)_.*)", re.DOTALL)


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
        times: Counter[tuple[str, str]] = Counter()
        for file in sorted(files, key=lambda file: _newest_first(file[len(str(folder)) :])):
            info: dict[str, str] | None = super().collect(file)
            if not info or not {"student_id", "file_id"} <= set(info):
                continue
            if why := why_no_id(info["student_id"]):
                self.log.warning("%r cannot be the id of a student: %s", info["student_id"], why)
                continue
            name = info["file_id"]
            key = info["student_id"], f"{name}{Path(file).suffix}"
            times[key] += 1
            if times[key] > 1:
                info["file_id"] = f"{name} ({times[key]})"
            found[file] = info
        return found


def _newest_first(file: str) -> tuple[int, int, str]:
    """Order by what Canvas writes: numbers in the order of handing in, and of the attempt."""
    number = re.search(r"_\d+_(\d+)_", file)
    attempt = re.search(r"-(\d+)\.\w+$", file)
    return -int(number[1]) if number else 0, -int(attempt[1]) if attempt else 0, file


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
            try:
                with zipfile.ZipFile(path) as archive:
                    self._unpack(archive, target, _MAX_DOWNLOAD)
            except _BROKEN as error:
                self._refuse(path, _in_words(error))
            self._tell_apart(target)
            self._unpack_students_archives(target)

    def _unpack(
        self, archive: zipfile.ZipFile, target: Path, most: int, flat: bool = False
    ) -> None:
        members = archive.infolist()
        if len(members) > _MAX_MEMBERS:
            raise ValueError(f"it holds {len(members):,} files")
        left = most
        for member in members:
            name = PurePosixPath(_printable(member.filename.replace("\\", "/")))
            odd = name.is_absolute() or ".." in name.parts or not name.parts
            kind = stat.S_IFMT(member.external_attr >> 16)
            if member.is_dir() or name.parts[:1] == ("__MACOSX",):
                continue
            if odd or kind not in (0, stat.S_IFREG) or member.file_size > _MAX_FILE:
                self.log.warning("Left out, as it is no plain file: %r", member.filename)
                continue
            left -= member.file_size
            if left < 0:
                raise ValueError(f"it holds more than {most / 1e6:,.0f} MB")
            place = target / (" ".join(name.parts) if flat else name)
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as packed:
                    place.write_bytes(packed.read(_MAX_FILE))
            except OSError as error:
                if error.errno not in _ODD_NAMES:
                    raise
                self.log.warning("Left out, as its name cannot be used: %r", member.filename)

    def _unpack_students_archives(self, folder: Path) -> None:
        """Make a folder of each student's archive; a broken one stays, and is told of later."""
        for path in sorted(folder.rglob("*.zip")):
            made = path.with_suffix("")
            try:
                with zipfile.ZipFile(path) as archive:
                    self._unpack(archive, made, _MAX_ARCHIVE, flat=True)
            except (*_BROKEN, OSError) as error:
                shutil.rmtree(made, ignore_errors=True)
                self.log.warning("%s cannot be unpacked: %s", path.name, _in_words(error))
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


def _printable(name: str) -> str:
    """Replace what would be a command to the terminal that nbgrader tells the name to."""
    return "".join(letter if letter.isprintable() else "-" for letter in name)


def _in_words(error: Exception) -> str:
    if isinstance(error, RuntimeError) and "encrypted" in str(error):
        return "it is locked with a password"
    if isinstance(error, zipfile.BadZipFile | EOFError):
        return f"it is broken or no zip archive ({error})"
    return str(error)
