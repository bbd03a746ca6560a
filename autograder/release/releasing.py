"""From ``solutions/<a>/<a>.py`` to what students get: a notebook, and a zip that works anywhere."""

import shutil
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import nbformat

from autograder.course import REPOSITORY, Course
from autograder.dependencies.digests import Stamp, digest
from autograder.files import write_atomically
from autograder.messages import Problem
from autograder.nbgrader_log import LoggedErrors, nbgrader_logged
from autograder.release.checks import build_checks
from autograder.release.handout import complete, contents
from autograder.release.leaks import Secrets
from autograder.release.notebook import read_source
from autograder.submissions.outline import exercises

_UNCHECKED = "unchecked"
_ZIP_TIME = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Released:
    """What `release` made, or found already made (``changed`` is then False)."""

    name: str
    changed: bool
    exercises: int
    points: float
    notebook: Path
    zip: Path
    seconds: float


def release(course: Course, name: str, force: bool = False) -> Released:
    """Release one assignment; does nothing when nothing changed since the last time.

    Raises Problem when the notebook cannot be released, above all when it would hand out a secret;
    what students got before is then left as it was.
    """
    start = time.perf_counter()
    course.require_assignment(name)
    course.prepare()
    build_checks(course.solutions / name)
    stamp = Stamp(release_stamp(course, name))
    notebook = course.release / name / f"{name}.ipynb"
    archive = course.handouts / f"{name}.zip"
    inputs = _fingerprint(_inputs(course, name))
    made_files = {"notebook": notebook, "zip": archive}
    changed = force or not _is_current(stamp, inputs, made_files, course)
    if changed:
        stamp.clear()
        _make(course, name, archive)
        stamp.write({"inputs": inputs, "made": _fingerprint(made_files)})
    graded = exercises(nbformat.reads(notebook.read_text(encoding="utf-8"), as_version=4))
    return Released(
        name=name,
        changed=changed,
        exercises=len(graded),
        points=sum(exercise.points for exercise in graded),
        notebook=notebook,
        zip=archive,
        seconds=time.perf_counter() - start,
    )


def release_stamp(course: Course, name: str) -> Path:
    """Holds a digest of all that the last release was made of."""
    return course.root / ".stamps" / f"release-{name}.json"


def _inputs(course: Course, name: str) -> dict[str, Path]:
    """What a release is made of; the names do not depend on where that lies."""
    files = {"requirements.txt": REPOSITORY / "requirements.txt"}
    for folder in (course.solutions / name, REPOSITORY / "course_lib", Path(__file__).parents[1]):
        for path in folder.rglob("*"):
            if path.suffix in (".py", ".txt"):
                files[f"{folder.name}/{path.relative_to(folder)}"] = path
    return files


def _fingerprint(files: Mapping[str, Path]) -> str:
    contents_of = ((name, path.read_bytes()) for name, path in sorted(files.items()))
    return digest(version("nbgrader"), *(part for file in contents_of for part in file))


def _is_current(stamp: Stamp, inputs: str, made: Mapping[str, Path], course: Course) -> bool:
    if not all(path.is_file() for path in made.values()) or not course.has_gradebook():
        return False
    return stamp.holds({"inputs": inputs, "made": _fingerprint(made)})


def _make(course: Course, name: str, archive: Path) -> None:
    source = read_source(course, name)
    path = course.source / name / f"{name}.ipynb"
    before = path.read_bytes() if path.is_file() else None
    write_atomically(path, nbformat.writes(source) + "\n")
    unchecked = course.root / _UNCHECKED / name
    try:
        _generate(course, name)
        complete(unchecked, course.solutions / name)
        files = contents(unchecked)
        secrets = Secrets.of(
            source, course.solutions / name, REPOSITORY / "course_lib" / "reference"
        )
        _refuse_leaks(name, files, secrets)
        write_atomically(archive, _zipped(name, files, unchecked.with_suffix(".zip")))
        _publish(files, course.release / name)
    except BaseException:
        if before is not None:
            write_atomically(path, before)
        raise
    finally:
        shutil.rmtree(course.root / _UNCHECKED, ignore_errors=True)


def _generate(course: Course, name: str) -> None:
    """Run nbgrader's generate_assignment, into a folder that is not handed out."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException

    from autograder.gradebook.recording import prepare_gradebook

    prepare_gradebook(course)
    config = course.config()
    config.CourseDirectory.release_directory = _UNCHECKED
    config.GenerateAssignment.post_convert_hook = None
    with nbgrader_logged(course.log), LoggedErrors.of("traitlets") as heard:
        try:
            converter = GenerateAssignment(
                coursedir=course.directory(name, config=config), config=config
            )
            converter.force = True
            converter.start()
        except NbGraderException as error:
            raise _explained(name, heard, course) from error


def _explained(name: str, heard: LoggedErrors, course: Course) -> Problem:
    if "there are submissions associated with it" in heard.text():
        return Problem(
            f"Cells were added to {name!r} or removed, but submissions of it are graded already.",
            f"Give the assignment a new name, or start anew in another course folder (--course); "
            f"the gradebook is {course.root / 'gradebook.db'}.",
        )
    return Problem(
        f"nbgrader could not make the notebook of {name!r}: {heard.last('Error')}",
        f"Mend solutions/{name}/{name}.py; the whole log is {course.log}.",
    )


def _refuse_leaks(name: str, files: dict[str, Path], secrets: Secrets) -> None:
    wrong = [file for file in files if Path(file).suffix not in (".ipynb", ".json", ".py", ".txt")]
    wrong += [file for file in files if "reference" in Path(file).parts]
    if wrong:
        raise Problem(
            f"Release of {name!r} refused: {wrong[0]} must not be handed out.",
            "Keep it out of the student edition (autograder/edition.py).",
        )
    texts = {file: path.read_text(encoding="utf-8") for file, path in files.items()}
    leaks = secrets.leaks_in(texts)
    if leaks:
        more = f" (and {len(leaks) - 3} more)" if len(leaks) > 3 else ""
        raise Problem(
            f"Release of {name!r} refused: it would hand out what is the instructor's.",
            "\n".join(f"  {leak}" for leak in leaks[:3]) + more,
        )


def _zipped(name: str, files: dict[str, Path], path: Path) -> bytes:
    """The same bytes for the same files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, source in sorted(files.items()):
            info = zipfile.ZipInfo(f"{name}/{file}", _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, source.read_bytes())
    return path.read_bytes()


def _publish(files: Mapping[str, Path], target: Path) -> None:
    for name, path in files.items():
        write_atomically(target / name, path.read_bytes())
    for name in contents(target).keys() - files.keys():
        (target / name).unlink()
