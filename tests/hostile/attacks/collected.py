"""Tricks with what is collected: links, names, archives, things that are no files."""

import gzip
import io
import json
import os
import socket
import zipfile
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

WANTED = "lab.ipynb"


@dataclass(frozen=True)
class Trick:
    """A folder that was handed in; exercise `double` is not solved in it.

    Attributes:
        name: what it does.
        gain: what its author hopes for.
        put: makes the folder, given where it is to lie, the notebook of somebody who has not solved
            `double`, and the folder of somebody else, who has.
        graded: the other exercises are there to be graded, and must be.
        told: what the student's page says about it.
    """

    name: str
    gain: str
    put: Callable[[Path, NotebookNode, Path], None]
    graded: bool = False
    told: str = ""


def _text(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook)


def _packed(names: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _only(data: bytes | str, name: str = WANTED) -> Callable[[Path, NotebookNode, Path], None]:
    def put(folder: Path, notebook: NotebookNode, other: Path) -> None:
        folder.mkdir(parents=True)
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)

    return put


def _beside(
    more: Callable[[Path, Path], object], name: str = WANTED
) -> Callable[[Path, NotebookNode, Path], None]:
    """The notebook, and something else that is put into its folder."""

    def put(folder: Path, notebook: NotebookNode, other: Path) -> None:
        folder.mkdir(parents=True)
        (folder / name).write_text(_text(notebook))
        more(folder, other)

    return put


def _instead(make: Callable[[Path, Path], object]) -> Callable[[Path, NotebookNode, Path], None]:
    """No notebook, but something that has its name."""

    def put(folder: Path, notebook: NotebookNode, other: Path) -> None:
        folder.mkdir(parents=True)
        make(folder / WANTED, other)

    return put


def _root(other: Path) -> Path:
    """The course's folder."""
    return other.parents[2]


def _hidden(other: Path) -> Path:
    return _root(other).parent / "solutions" / "lab" / "hidden.py"


def _linked_folder(folder: Path, notebook: NotebookNode, other: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.symlink_to(other)


def _linked_student(folder: Path, notebook: NotebookNode, other: Path) -> None:
    folder.parent.symlink_to(other.parent)


def _linked_up(folder: Path, notebook: NotebookNode, other: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.symlink_to("../..")


def _socket(path: Path, other: Path) -> None:
    with chdir(path.parent), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)


def _sparse(path: Path, other: Path) -> None:
    path.touch()
    os.truncate(path, 10**13)


def _maze(folder: Path, other: Path) -> None:
    deep = folder
    for _ in range(200):
        deep = deep / "d"
    deep.mkdir(parents=True)
    for number in range(3_000):
        (folder / f"z{number}").touch()


def _shadows(folder: Path, other: Path) -> None:
    code = "import os\nos._exit(0)\n"
    for name in ("hidden", "numpy", "sitecustomize", "autograder", "conftest", "nbgrader_config"):
        (folder / f"{name}.py").write_text(code)
    (folder / "own_config.py").write_text(code)
    (folder / ".env").write_text("PYTHONSTARTUP=hidden.py")


def _with_right_one(name: str) -> Callable[[Path, Path], object]:
    return lambda folder, other: (folder / name).write_bytes((other / WANTED).read_bytes())


def _odd_bytes(folder: Path, notebook: NotebookNode, other: Path) -> None:
    folder.mkdir(parents=True)
    path = os.fsencode(folder) + b"/\xff\x1b]0;owned\x07\n<img src=x onerror=alert(1)>.ipynb"
    Path(os.fsdecode(path)).write_text(_text(notebook))


def _hide(folder: Path, other: Path) -> None:
    place = folder / ".ipynb_checkpoints"
    place.mkdir()
    (place / WANTED).write_bytes((other / WANTED).read_bytes())


def _twice(folder: Path, notebook: NotebookNode, other: Path) -> None:
    folder.mkdir(parents=True)
    right = json.dumps(json.loads((other / WANTED).read_text())["cells"])
    (folder / WANTED).write_text(f'{{"cells": {right}, {json.dumps(notebook)[1:]}')


def _timed(text: str) -> Callable[[Path, NotebookNode, Path], None]:
    return _beside(lambda folder, other: (folder / "timestamp.txt").write_text(text))


_NO_TIME = "It is not known when you handed in"
_LINK = "Links are not followed"
_NO_NOTEBOOK = "not a notebook"

TRICKS = (
    Trick(
        "a link to another's notebook",
        "the other's points",
        _instead(lambda path, other: path.symlink_to(other / WANTED)),
        told=_LINK,
    ),
    Trick(
        "a link to the hidden tests",
        "they are shown as one's own work",
        _instead(lambda path, other: path.symlink_to(_hidden(other))),
        told=_LINK,
    ),
    Trick(
        "a link to the gradebook",
        "it is read, or overwritten by what is graded",
        _instead(lambda path, other: path.symlink_to(_root(other) / "gradebook.db")),
        told=_LINK,
    ),
    Trick(
        "a link to a device without end",
        "the grader reads until it has no memory left",
        _instead(lambda path, other: path.symlink_to("/dev/zero")),
        told=_LINK,
    ),
    Trick(
        "a link to itself",
        "the grader follows it for ever",
        _instead(lambda path, other: path.symlink_to(path)),
        told=_LINK,
    ),
    Trick("a linked folder", "the other's points", _linked_folder, told=_LINK),
    Trick(
        "a linked student", "the other's points, and their feedback", _linked_student, told=_LINK
    ),
    Trick(
        "a link to the whole class",
        "the grader walks through all that was handed in, and in circles",
        _linked_up,
        told=_LINK,
    ),
    Trick(
        "a second name of the hidden tests",
        "a hard link is no link that can be told: they are shown as one's own work",
        _instead(lambda path, other: os.link(_hidden(other), path)),
        told=_NO_NOTEBOOK,
    ),
    Trick(
        "a second name of the gradebook",
        "what is written over the notebook is written over the gradebook",
        _instead(lambda path, other: os.link(_root(other) / "gradebook.db", path)),
        told=_NO_NOTEBOOK,
    ),
    Trick(
        "a pipe",
        "whoever opens it waits for ever",
        _instead(lambda path, other: os.mkfifo(path)),
        told="is not a file",
    ),
    Trick(
        "a pipe for the time",
        "whoever looks when it was handed in waits for ever",
        _beside(lambda folder, other: os.mkfifo(folder / "timestamp.txt")),
        graded=True,
        told=_NO_TIME,
    ),
    Trick(
        "a time on which date parsers fail",
        "the run ends before anybody is graded",
        _timed("99999999999999999999999999999912m d"),
        graded=True,
        told=_NO_TIME,
    ),
    Trick(
        "a file as a time zone",
        "the grader opens any file, and waits for a device",
        _timed("2026-11-21 10:00:00 /dev/tty"),
        graded=True,
        told=_NO_TIME,
    ),
    Trick(
        "a time of a million digits",
        "the reader computes for ever",
        _timed("9" * 10**6),
        graded=True,
        told=_NO_TIME,
    ),
    Trick("a socket", "the grader fails over it", _instead(_socket), told="is not a file"),
    Trick(
        "a folder named as the notebook",
        "the grader fails over it, for the whole class",
        _instead(lambda path, other: path.mkdir()),
        told="is a folder",
    ),
    Trick(
        "ten terabytes of nothing",
        "the grader runs out of memory or disk",
        _instead(_sparse),
        told="at most",
    ),
    Trick(
        "a maze of folders",
        "the grader gets lost in it",
        _beside(_maze),
        graded=True,
    ),
    Trick(
        "modules beside the notebook",
        "the grader imports them, as Python does from where it works",
        _beside(_shadows),
        graded=True,
    ),
    Trick(
        "a name in capitals",
        "where names differ in nothing but case, the other file is graded",
        _beside(_with_right_one("LAB.IPYNB")),
        graded=True,
        told="There is more than one notebook",
    ),
    Trick(
        "a name in another form of Unicode",
        "a name that looks the same is another file",
        _beside(_with_right_one("ｌab.ipynb")),
        graded=True,
        told="There is more than one notebook",
    ),
    Trick(
        "commands and script in a file's name",
        "the page, or the terminal, does what it says",
        _odd_bytes,
        graded=True,
        told="It was graded all the same",
    ),
    Trick(
        "the right one among the checkpoints",
        "it is found before the other",
        _beside(_hide),
        graded=True,
    ),
    Trick(
        "nests without a bottom",
        "the reader's recursion ends, and the run with it",
        _only('{"cells": ' + "[" * 200_000 + "]" * 200_000 + "}"),
        told="Nothing could be graded",
    ),
    Trick(
        "a number of a million digits",
        "the reader computes for ever, or fails",
        _only('{"cells": [], "nbformat": ' + "9" * 10**6 + "}"),
        told="Nothing could be graded",
    ),
    Trick(
        "an archive that swells",
        "sixty megabytes a notebook, in as many notebooks as one likes",
        _only(_packed({f"{n}.ipynb": bytes(6 * 10**7) for n in range(4)})),
        told="a zip archive",
    ),
    Trick(
        "a packed notebook",
        "it is unpacked without looking where to",
        _only(gzip.compress(bytes(10**7))),
        told="a gzip archive",
    ),
    Trick(
        "one cell a million times",
        "the grader and the page are kept busy with it",
        _only(
            '{"cells": ['
            + ",".join(['{"cell_type": "code", "source": "1"}'] * 10**6)
            + '], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
        ),
        told="is too large",
    ),
    Trick(
        "a name twice in one object",
        "what is looked at is not what is used",
        _twice,
        graded=True,
    ),
)
