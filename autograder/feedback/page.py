"""The feedback page of one student, made by an exporter that nbgrader's generate_feedback uses.

A page shows what the tests say in words, the hint for a mistake that was recognised, and the
student's notebook as it ran. The source of test cells is never shown, nothing on it runs, and
nothing is fetched: it holds no script, and says so to the browser.
"""

import copy
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, SubmittedNotebook
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy.orm import joinedload
from traitlets import Unicode, default

from autograder.events import sentences
from autograder.feedback import markup
from autograder.feedback.book import Section, sections
from autograder.submissions.outline import (
    Exercise,
    exercises,
    first_heading,
    grade_id,
    is_editable,
    is_graded,
    last_heading,
)
from autograder.submissions.repair import noted_in
from autograder.testing import SLIP_PRICE, Summary, Verdict, payers
from course_lib.checks.newer_syntax import newer_syntax

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
_STATES = {
    "right": "All right",
    "partly": "Partly right",
    "wrong": "Not yet",
    "waiting": "To be marked by hand",
}
_BITMAPS = ("image/png", "image/jpeg", "image/gif", "image/webp")
_PYTHON = "Python {}.{}".format(*sys.version_info)
_NOT_PYTHON = ("SyntaxError", "IndentationError", "TabError")
_NO_ROOM = {
    "text": "Some of what your cells hold or show is left out: this page is full.",
    "pictures": "Some pictures are left out: this page is full.",
    "time": "Some texts stand as they were written: laying them out would take too long.",
}


@dataclass(frozen=True)
class Row:
    """What came of one exercise, in words."""

    anchor: str
    title: str
    score: float
    max_score: float
    state: str
    lead: str = ""
    passed: tuple[str, ...] = ()
    failed: tuple[tuple[tuple[str, ...], str], ...] = ()
    hint: str = ""
    given: str = ""
    section: Section | None = None
    comment: Markup | str = ""

    @property
    def state_text(self) -> str:
        return _STATES[self.state]

    @property
    def points_text(self) -> str:
        earned = "–" if self.state == "waiting" else points(self.score)
        return f"{earned} / {points(self.max_score)}"


@dataclass(frozen=True)
class ShownCell:
    """A cell as the page shows it. ``kind`` is text, answer, own, locked, or "" for a test.

    ``anchor`` is where links to its exercise land; "" where they do not land here.
    """

    kind: str
    html: Markup | str = ""
    label: str = ""
    output: Markup | str = ""
    heading: Markup | str = ""
    comment: Markup | str = ""
    row: Row | None = None
    anchor: str = ""


@dataclass(frozen=True)
class Page:
    """All that a feedback page shows."""

    title: str
    student: str
    handed_in: str
    score: float
    max_score: float
    open_points: float
    late_penalty: float
    book_url: str
    messages: Sequence[str]
    rows: Sequence[Row]
    cells: Sequence[ShownCell]

    def share(self, score: float) -> str:
        """Return a score as a percentage of all points."""
        return f"{100 * max(score, 0) / self.max_score:.1f}" if self.max_score else "0"


def points(value: float) -> str:
    """Write points as one does by hand: 2, 1.5, 0.67."""
    return f"{round(float(value), 2):g}"


@cache
def environment() -> Environment:
    """Our templates; everything that is not marked as HTML is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["points"] = points
    made.globals["styles"] = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))
    made.globals["code_light"] = Markup(markup.code_styles("a11y-high-contrast-light"))
    made.globals["code_dark"] = Markup(markup.code_styles("a11y-high-contrast-dark"))
    return made


class Grades(NbGraderPreprocessor):
    """Puts the grades into the notebook, and which of them a person gave or has still to give.

    Does what nbgrader's GetGrades does, and asks the gradebook once for all cells.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        found = resources["nbgrader"]
        names = (found["notebook"], found["assignment"], found["student"])
        with Gradebook(found["db_url"]) as book:
            notebook = book.find_submission_notebook(*names)
            grades, comments = (_by_cell(book, kind, notebook) for kind in (Grade, Comment))
            for cell in nb.cells:
                name = grade_id(cell)
                if name is not None and is_graded(cell):
                    cell.metadata.nbgrader.update(_score(grades[name]))
                if name in comments:
                    cell.metadata.nbgrader["comment"] = comments[name].comment
            penalty = notebook.late_submission_penalty or 0
            found["score"], found["max_score"] = notebook.score - penalty, notebook.max_score
            found["late_penalty"], found["handed_in"] = penalty, notebook.assignment.timestamp
        return nb, resources


def _by_cell(book: Gradebook, kind: type[Any], notebook: SubmittedNotebook) -> dict[str, Any]:
    """Read the grades or the comments of a notebook, by the grade_ids of their cells."""
    query = book.db.query(kind).filter(kind.notebook_id == notebook.id)
    return {found.cell.name: found for found in query.options(joinedload(kind.cell))}


def _score(grade: Grade) -> dict[str, Any]:
    by_hand = grade.manual_score is not None
    return {
        "score": grade.score,
        "by_hand": by_hand,
        "waiting": not by_hand and grade.auto_score is None,
    }


class FeedbackExporter(Exporter):
    """A graded notebook, with the grades in it, as one HTML page that needs nothing else."""

    output_mimetype = "text/html"
    book_url = Unicode(
        "", help="Where the book is published; then feedback links the section of an exercise."
    ).tag(config=True)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, Any]:
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        template = environment().get_template("feedback.html.j2")
        return template.render(page=page_of(nb, resources["nbgrader"], self.book_url)), resources


def page_of(notebook: NotebookNode, graded: dict[str, Any], book_url: str = "") -> Page:
    """Collect what a page shows. ``graded`` is what `Grades` found in the gradebook."""
    by_name = {grade_id(cell): cell for cell in notebook.cells}
    given = copy.copy(notebook)
    given.cells = [cell for cell in notebook.cells if not _is_own(cell)]
    known = exercises(given)
    titles = {name: e.title for e in known for name in (e.grade_id, *e.answers)}
    rows = {e.grade_id: _row(e, by_name[e.grade_id]) for e in known}
    verdicts = {name: _verdict(by_name[name]) for name in rows}
    rows |= with_prices(rows, verdicts)
    texts = {e.grade_id: "\n".join(by_name[n].source for n in e.answers) for e in known}
    rows |= with_given(rows, verdicts, texts)
    handed_in = graded.get("handed_in")
    title = first_heading(given) or graded["assignment"]
    room = markup.Room()
    cells = [_shown(cell, rows, title, room) for cell in notebook.cells]
    about_file = sentences(*noted_in(notebook), lambda name: titles.get(name, name))
    return Page(
        title=title,
        student=graded["student"],
        handed_in=f"{handed_in:%-d %B %Y, %H:%M} UTC" if handed_in else "",
        score=graded["score"],
        max_score=graded["max_score"],
        open_points=sum(row.max_score for row in rows.values() if row.state == "waiting"),
        late_penalty=graded["late_penalty"],
        book_url=book_url,
        messages=[*about_file, *(_NO_ROOM[what] for what in sorted(room.spent))],
        rows=list(rows.values()),
        cells=cells,
    )


def _row(exercise: Exercise, cell: NotebookNode) -> Row:
    data = cell.metadata.nbgrader
    score, whole = float(data.get("score") or 0), float(data.get("points") or 0)
    if data.get("waiting"):
        state = "waiting"
    else:
        state = "right" if score >= whole else "partly" if score > 0 else "wrong"
    verdict = _verdict(cell)
    said = verdict.summary() if verdict else Summary(_printed(cell))
    lead = said.lead
    worth = _worth(verdict, whole) if verdict else {}
    if data.get("by_hand") and not exercise.manual:
        lead = f"Your instructor set these points. The tests said: {lead}"
    elif exercise.manual and state == "wrong" and not data.get("by_hand"):
        lead = "There is no answer."
    return Row(
        anchor=f"exercise-{exercise.grade_id}",
        title=exercise.title,
        score=score,
        max_score=whole,
        state=state,
        lead=lead,
        passed=tuple(worth.get(name, name) for name in said.passed),
        failed=tuple((tuple(worth.get(n, n) for n in names), what) for names, what in said.failed),
        hint=said.hint,
        section=sections().get(verdict.section) if verdict else None,
        comment=_comment(cell) if exercise.manual else "",
    )


def _worth(verdict: Verdict, whole: float) -> dict[str, str]:
    """Name the parts of an exercise with the points that each can give, by name."""
    weights = sum(part.weight for part in verdict.parts)
    if len(verdict.parts) < 2 or not weights:
        return {}
    shares = {part.name: points(whole * part.weight / weights) for part in verdict.parts}
    return {n: f"{n} ({share} point{'' if share == '1' else 's'})" for n, share in shares.items()}


def with_given(
    rows: dict[str, Row], verdicts: dict[str, Verdict | None], answers: dict[str, str]
) -> dict[str, Row]:
    """Say of which earlier exercises a right version was used, because the student's is not right.

    Args:
        rows: what came of the exercises, by the grade_ids of their tests.
        verdicts: the verdicts on them; None for those that a person marks.
        answers: what the student wrote for them.

    Returns:
        The rows of which there is something to say, with it.
    """
    row_of = {verdict.exercise: rows[name] for name, verdict in verdicts.items() if verdict}
    told = {}
    for name, verdict in verdicts.items():
        given = verdict.given if verdict else ()
        used = [f for f in given if re.search(rf"\b{re.escape(f)}\s*\(", answers[name])]
        wrong = [row_of[f].title for f in used if f in row_of and row_of[f].state != "right"]
        if wrong:
            listed = ", ".join(f'"{title}"' for title in wrong)
            said = (
                f"Marked with a right version of {listed}: what is wrong there costs nothing here."
            )
            told[name] = replace(rows[name], given=said)
    return told


def with_prices(rows: dict[str, Row], verdicts: dict[str, Verdict | None]) -> dict[str, Row]:
    """Say beside each slip of form what it costs, or where it has been charged already."""
    judged = {name: verdict for name, verdict in verdicts.items() if verdict is not None}
    names = list(judged)
    told = {}
    for i, paid in enumerate(payers(list(judged.values()))):
        row, prices = rows[names[i]], []
        for kind, payer in paid.items():
            message = judged[names[i]].charged[kind]
            cost = f"This costs {SLIP_PRICE} points, once in the assignment."
            if payer != i:
                cost = f'Already charged in "{rows[names[payer]].title}".'
            prices.append((("in form",), f"{message} {cost}"))
        if prices:
            failed = tuple(item for item in row.failed if item[0] != ("in form",))
            told[names[i]] = replace(row, failed=(*failed, *prices))
    return told


def _comment(cell: NotebookNode) -> Markup | str:
    """Render what a person wrote about an answer; nbgrader's own remark is none."""
    written = cell.metadata.get("nbgrader", {}).get("comment") or ""
    return "" if written == "No response." else markup.markdown(written, demote=3)


def _verdict(cell: NotebookNode) -> Verdict | None:
    """Return the verdict that came with a test cell; None where it has none."""
    verdict = cell.metadata.get("autograder", {}).get("verdict")
    return verdict and Verdict.from_dict(verdict)


def _printed(cell: NotebookNode) -> str:
    streams = [o.text for o in cell.get("outputs", []) if o.output_type == "stream"]
    return "".join(streams).strip()


def _is_own(cell: NotebookNode) -> bool:
    return str(cell.get("id", "")).startswith("own-")


def _shown(cell: NotebookNode, rows: dict[str, Row], title: str, room: markup.Room) -> ShownCell:
    row = rows.get(grade_id(cell) or "")
    own = _is_own(cell)
    if cell.cell_type == "code":
        if row is not None and not is_editable(cell):
            return ShownCell("", row=row)
        theirs = own or is_editable(cell)
        html = room.render(markup.numbered if theirs else markup.code, cell.source)
        html = Markup('<pre class="code{}">{}</pre>').format(" numbered" if theirs else "", html)
        output = Markup().join(_output(o, theirs, room) for o in cell.outputs)
        if theirs:
            output += _not_python(cell)
            kind = "own" if own else "answer"
            return ShownCell(kind, html, output=output, row=row, comment=_comment(cell))
        label = "Check" if "check" in cell.metadata.get("tags", []) else "Set-up"
        return ShownCell("locked", html, label, output)
    if cell.cell_type == "markdown":
        if not own and row is None:
            return _text(cell, title, rows, room)
        html = markup.markdown(cell.source, cell.get("attachments"), demote=2, room=room)
    else:
        html = Markup("<pre>{}</pre>").format(room.render(markup.plain, cell.source))
    return ShownCell("own" if own else "answer", html, row=row)


def _not_python(cell: NotebookNode) -> Markup:
    """Say of a cell that does not compile with which version, and what of it is newer."""
    names = [output.ename for output in cell.outputs if output.output_type == "error"]
    if not set(names) & set(_NOT_PYTHON):
        return Markup()
    newer = newer_syntax(cell.source[: markup.MAX_TEXT], sys.version_info[:2])
    said = [
        f"This cell is not valid {_PYTHON}, with which notebooks are marked: nothing of it ran."
    ]
    said += [f"{what} came with a later version: write it in another way." for what in newer]
    return Markup('<p class="note">{}</p>').format(" ".join(said))


def _text(cell: NotebookNode, title: str, rows: dict[str, Row], room: markup.Room) -> ShownCell:
    """Show a text of the instructor's: its heading, and the rest folded."""
    first, _, rest = cell.source.partition("\n")
    heading = last_heading(cell)
    row = next((row for row in rows.values() if row.title == heading), None)
    label = "The task" if row else "The text"
    if not first.startswith("#"):
        first, rest = "", cell.source
    elif heading == title:
        first, label = "", "About this assignment"
    html: Markup | str = ""
    if rest.strip():
        html = markup.markdown(rest, cell.get("attachments"), demote=1, room=room)
    heading = markup.markdown(first, demote=1, room=room)
    return ShownCell("text", html, label, heading=heading, anchor=row.anchor if row else "")


def _output(output: NotebookNode, from_student: bool, room: markup.Room) -> Markup:
    if output.output_type == "stream":
        return _pre(room.render(markup.terminal, output.text))
    if output.output_type == "error":
        # Only a student's own cell may show where it stopped: other code is not theirs to see.
        text = "\n".join(output.traceback) if from_student else f"{output.ename}: {output.evalue}"
        return _pre(room.render(markup.terminal, text))
    return next(_rendered(output.data, room), Markup())


def _pre(inside: Markup) -> Markup:
    return Markup('<pre tabindex="0">{}</pre>').format(inside)


def _rendered(data: dict[str, Any], room: markup.Room) -> Iterator[Markup]:
    """Yield the ways in which an output can be shown, best first."""
    alt = data.get("text/plain", "")[:200] or "A picture that this cell made"
    for kind in _BITMAPS:
        if isinstance(data.get(kind), str):
            url = markup.picture(f"data:{kind};base64,{''.join(data[kind].split())}")
            if url and room.admits(url):
                yield Markup('<img src="{}" alt="{}">').format(url, alt)
    if isinstance(data.get("text/html"), str):
        yield Markup('<div class="scroll">{}</div>').format(
            room.render(markup.clean, data["text/html"])
        )
    if isinstance(data.get("text/markdown"), str):
        yield markup.markdown(data["text/markdown"], room=room)
    if isinstance(data.get("text/latex"), str):
        yield markup.formula(data["text/latex"].strip().strip("$"), block=True)
    if isinstance(data.get("text/plain"), str):
        yield _pre(room.render(markup.terminal, data["text/plain"]))
