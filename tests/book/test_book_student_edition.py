"""The published site of the student edition holds nothing that answers an exercise."""

import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import jupytext
import pytest
from paths import ROOT
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.edition import KEPT_BACK
from autograder.release.leaks import Secrets

SOLUTIONS = ROOT / "solutions"
REFERENCE = ROOT / "course_lib" / "reference"
ASSIGNMENTS = sorted(path.name for path in SOLUTIONS.iterdir() if path.is_dir())
TEXT = {".html", ".js", ".json", ".txt", ".ipynb", ".py", ".md", ".css", ".svg", ".xml"}


def readable(name: str, content: bytes) -> str:
    """A file's text; of a page, what a reader sees of it, and what only its markup says."""
    text = content.decode("utf8")
    if not name.endswith(".html"):
        return text
    return html.unescape(re.sub(r"<[^>]*>", "", text)) + "\n" + html.unescape(text)


def handed_out(site: Path) -> Iterator[tuple[str, bytes]]:
    """All files of a site, and those inside its archives, by name."""
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        name = path.relative_to(site).as_posix()
        if path.suffix not in {".zip", ".whl"}:
            yield name, path.read_bytes()
            continue
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                yield f"{name}/{member}", archive.read(member)


def texts(site: Path) -> dict[str, str]:
    files = handed_out(site)
    return {name: readable(name, data) for name, data in files if Path(name).suffix in TEXT}


@pytest.fixture(scope="module", params=ASSIGNMENTS)
def secrets(request: pytest.FixtureRequest) -> Secrets:
    folder = SOLUTIONS / request.param
    return Secrets.of(jupytext.read(folder / f"{folder.name}.py"), folder, REFERENCE)


@pytest.mark.book
def test_no_file_of_the_site_holds_a_secret(secrets: Secrets, site: Path) -> None:
    files = texts(site)
    assert len(files) > 20
    assert "searchindex.js" in files
    assert secrets.leaks_in(files) == []


@pytest.mark.book
def test_no_file_of_the_site_is_the_instructors(site: Path) -> None:
    kept_back = {*KEPT_BACK, "hidden.py", "mistakes.py", "alternatives.py", "solutions"}
    names = [name for name, _ in handed_out(site)]
    assert any(name.endswith("course_lib/gradcheck.py") for name in names)  # archives are read
    assert [name for name in names if kept_back & set(Path(name).parts)] == []


def planted() -> Iterator[tuple[str, str]]:
    """Pieces of code that must be found in a page: what they are, and their text."""
    for name in ASSIGNMENTS:
        folder = SOLUTIONS / name
        answer = (folder / f"{name}.py").read_text("utf8").split("### BEGIN SOLUTION\n")[1]
        yield f"{name}-solution", answer.split("### END SOLUTION")[0]
        for path in sorted((folder / "exercises").glob("[!_]*.py")):
            lines = path.read_text("utf8").splitlines()
            yield f"{name}-{path.stem}", "\n".join(lines[-30:])
    lines = (REFERENCE / "rnn.py").read_text("utf8").splitlines()
    yield "reference", "\n".join(lines[-30:])


@pytest.mark.parametrize("code", [pytest.param(code, id=what) for what, code in planted()])
def test_what_is_planted_in_a_page_is_found(code: str, tmp_path: Path) -> None:
    page = f"<html><p>Read on:</p>{highlight(code, PythonLexer(), HtmlFormatter())}</html>"
    (tmp_path / "page.html").write_text(page, "utf8")
    with zipfile.ZipFile(tmp_path / "kept.zip", "w") as archive:
        archive.writestr("kept.py", code)
    all_secrets = [
        Secrets.of(jupytext.read(SOLUTIONS / name / f"{name}.py"), SOLUTIONS / name, REFERENCE)
        for name in ASSIGNMENTS
    ]
    found = {leak.file for secrets in all_secrets for leak in secrets.leaks_in(texts(tmp_path))}
    assert found == {"page.html", "kept.zip/kept.py"}
