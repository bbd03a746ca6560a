"""The command line: ``autograder release | grade | watch | feedback | report | roster | demo``."""

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from autograder.cli.console import (
    EXIT_CODES,
    SOME_FAILED,
    bars,
    complain,
    err,
    escape,
    guarded,
    out,
    outcomes_table,
    say,
    took_longest,
)
from autograder.course import DEFAULT_COURSE, Course
from autograder.messages import Problem

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    help="Release assignments, grade what comes back, and tell students and instructors about it.",
    epilog="From nothing to a graded sample class:  autograder demo",
)


Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes at once. Default: one a processor.")
]
CourseDir = Annotated[
    Path | None,
    typer.Option("--course", help=f"Folder of the nbgrader course. Default: {DEFAULT_COURSE}."),
]
Solutions = Annotated[
    Path | None,
    typer.Option("--solutions", help="Folder of the assignments' sources. Default: solutions/."),
]
Sandbox = Annotated[
    Literal["bubblewrap", "none"] | None,
    typer.Option(help="none is for students you trust as yourself. Default: bubblewrap."),
]
Assignment = Annotated[str, typer.Argument(help="Name of the assignment, such as rnn.")]
Students = Annotated[
    list[str] | None,
    typer.Option("--student", help="Only this student; may be given more than once."),
]


@app.command(epilog=EXIT_CODES)
@guarded("Nothing was handed out. Run the command again.")
def release(
    assignments: Annotated[
        list[str] | None, typer.Argument(help="Names of assignments. Default: all.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also where nothing changed.")] = False,
    course: CourseDir = None,
    solutions: Solutions = None,
) -> None:
    """Make what students get: the notebook, and a zip that works on any Jupyter.

    Reads solutions/NAME/NAME.py. Solutions, hidden tests and marking schemes are cut out; a
    release that would hand out any of them, or reference code, is refused. Where nothing has
    changed since the last time, nothing is done.
    """
    from autograder.release import release as make

    place = Course.at(course, solutions)
    for name in assignments or place.assignments():
        made = make(place, name, force)
        what = "released" if made.changed else "unchanged"
        say(
            f"{what}  {name}: {made.exercises} exercises, {made.points:g} points "
            f"({made.seconds:.1f} s)\n  {made.notebook}\n  {made.zip}"
        )


@app.command(epilog=EXIT_CODES)
@guarded("What was graded is kept: the same command goes on from here.")
def grade(
    assignment: Assignment,
    student: Students = None,
    workers: Workers = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Grade on the workers of this Dask scheduler: its address, such as "
            "tcp://host:8786, or its scheduler file.",
        ),
    ] = None,
    sandbox: Sandbox = None,
    force: Annotated[
        bool, typer.Option("--force", help="Grade again what is graded and has not changed.")
    ] = False,
    call_seconds: Annotated[
        float | None, typer.Option(help="For one call of a student's function. Default: 3.")
    ] = None,
    cell_seconds: Annotated[
        float | None, typer.Option(help="For one cell of a student's. Default: 30.")
    ] = None,
    total_seconds: Annotated[
        float | None, typer.Option(help="For one submission. Default: 300.")
    ] = None,
    memory_mb: Annotated[
        int | None, typer.Option(help="Memory of a student's process. Default: 2048.")
    ] = None,
    course: CourseDir = None,
    solutions: Solutions = None,
) -> None:
    """Grade what was handed in: submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb.

    Each submission runs in a sandbox of its own, out of reach of the tests. Odd files are
    repaired, and their students told. Points go into nbgrader's gradebook; marks by hand stay.
    What is graded already and has not changed is not run again, so a run that was stopped or killed
    goes on where it was.
    """
    from autograder.scheduling.grade import grade as run
    from autograder.scheduling.grade import options_of

    if workers is not None and scheduler is not None:
        raise Problem(
            "--workers and --scheduler exclude each other.",
            "With a scheduler, as many submissions are graded at once as its workers have threads.",
        )
    place = Course.at(course, solutions)
    place.require_released(assignment)
    options = options_of(
        place,
        sandbox=sandbox,
        call_seconds=call_seconds,
        cell_seconds=cell_seconds,
        total_seconds=total_seconds,
        memory_mb=memory_mb,
    )
    start = time.perf_counter()
    with bars() as progress:
        outcomes = run(
            place,
            assignment,
            options,
            students=student or (),
            workers=workers,
            scheduler=scheduler,
            force=force,
            progress=progress,
            at_work=progress.at_work,
            notice=lambda text: err.print(escape(text), highlight=False),
        )
    out.print(outcomes_table(outcomes, _max_points(place, assignment)))
    graded = [o for o in outcomes if not o.problem]
    anew = [o.done for o in graded if o.done and not o.done.reused]
    each = f", {sum(d.cpu_seconds for d in anew) / len(anew):.2f} CPU s each" if anew else ""
    say(
        f"{len(graded)} of {len(outcomes)} graded, {len(anew)} of them now"
        f" ({time.perf_counter() - start:.1f} s{each})"
    )
    if slow := took_longest(outcomes):
        say(slow)
    waiting = sum(len(o.grades.waiting) for o in graded if o.grades)
    if waiting:
        say(
            f"{waiting} answer{'s' * (waiting != 1)} to mark by hand: run jupyter lab in "
            f"{place.root} and choose Nbgrader, Formgrader"
        )
    if len(graded) < len(outcomes):
        complain(f"{len(outcomes) - len(graded)} could not be graded.", f"The log is {place.log}.")
        raise typer.Exit(SOME_FAILED)


def _max_points(course: Course, assignment: str) -> float:
    import nbformat

    from autograder.submissions.outline import exercises

    notebook = nbformat.read(course.release / assignment / f"{assignment}.ipynb", as_version=4)
    return sum(exercise.points for exercise in exercises(notebook))


@app.command(epilog=EXIT_CODES)
@guarded("Nothing is lost: the same command goes on from here.")
def watch(
    assignment: Assignment,
    every: Annotated[
        str, typer.Option(help="A student's attempts are graded at most so often: 90s, 10m, 2h, 0.")
    ] = "10m",
    folder: Annotated[
        Path | None,
        typer.Option(help="Watch this folder: STUDENT/*.ipynb, or files as from a platform."),
    ] = None,
    workers: Workers = None,
    sandbox: Sandbox = None,
    course: CourseDir = None,
    solutions: Solutions = None,
) -> None:
    """Grade what arrives, as it arrives, and give the feedback back within seconds.

    Watches nbgrader's exchange where own_config.py sets CourseDirectory.course_id, so that
    `nbgrader fetch_feedback` finds it; else submitted/, with the pages in feedback/; or a FOLDER,
    with the pages beside the notebooks. Who hands in again too early is told when their newest
    attempt will be graded. Points go into nbgrader's gradebook as with `grade`. Ends with Ctrl-C.
    """
    from autograder.collecting.durations import in_words, parse
    from autograder.collecting.watch import Watch, inbox_of
    from autograder.scheduling.grade import Grader, options_of

    place = Course.at(course, solutions)
    place.require_released(assignment)
    try:
        pause = parse(every)
    except ValueError as error:
        raise Problem(f"--every: {error}.", "See: autograder watch --help") from None
    inbox = inbox_of(place, assignment, folder, complain)
    with Grader(place, assignment, options_of(place, sandbox=sandbox), workers=workers) as grader:
        say(f"watching {inbox.place}\n  each student once in {in_words(pause)}; stop with Ctrl-C")
        Watch(
            place,
            assignment,
            inbox,
            grader,
            pause,
            say=lambda text: say(f"{time.strftime('%X')}  {text}"),
            complain=complain,
        ).run()


@app.command(epilog=EXIT_CODES)
@guarded("Pages made so far are kept. Run the command again.")
def feedback(
    assignment: Assignment,
    student: Students = None,
    force: Annotated[bool, typer.Option("--force", help="Also where nothing changed.")] = False,
    course: CourseDir = None,
    solutions: Solutions = None,
) -> None:
    """Write a feedback page for each student: feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html.

    At its top, each exercise with its points, what failed in words, and the hint for a mistake that
    was recognised; below it, the notebook as it ran. No hidden test is shown, and no script runs.
    Pages for which nothing has changed, marks given by hand included, are left as they are.
    """
    from autograder.feedback.writing import graded_students, write_feedback

    place = Course.at(course, solutions)
    start = time.perf_counter()
    whole = len(student or graded_students(place, assignment))
    made = []
    with bars() as progress:
        progress("Writing feedback", 0, whole)
        for page in write_feedback(place, assignment, student or (), force):
            made.append(page)
            progress("Writing feedback", len(made), whole)
    failed = [page for page in made if page.problem]
    say(
        f"{len(made) - len(failed)} feedback pages ({time.perf_counter() - start:.1f} s)\n"
        f"  {place.feedback}/<student>/{assignment}/{assignment}.html"
    )
    for page in failed:
        complain(f"{page.student}: {page.problem}")
    if failed:
        raise typer.Exit(SOME_FAILED)


@app.command(epilog=EXIT_CODES)
@guarded("Run the command again.")
def report(assignment: Assignment, course: CourseDir = None, solutions: Solutions = None) -> None:
    """Write the instructor's report: one HTML page with figures, and the points as CSV.

    How the points are spread, how hard each exercise was and whether it tells strong students from
    weak ones, which misconceptions the class has, who needs help, what hung, crashed or reached out
    of the notebook, which pairs are suspiciously alike, and how long it took. The points come as
    CSV for spreadsheets, for Canvas and for Moodle.
    """
    from autograder.report.writing import write_report

    start = time.perf_counter()
    made, files = write_report(Course.at(course, solutions), assignment)
    listed = "\n  ".join(map(str, files))
    say(f"report ({time.perf_counter() - start:.1f} s)\n  {listed}")
    if made.ungraded:
        say(
            f"{len(made.ungraded)} of {len(made.lines)} have answers still to be marked by hand: "
            "they are left out of the files for Canvas and Moodle, so that no grade there is lost"
        )


@app.command(epilog=EXIT_CODES)
@guarded("Run the command again.")
def roster(
    table: Annotated[Path, typer.Argument(help="A CSV file, as Excel, Canvas or Moodle saves it.")],
    course: CourseDir = None,
    solutions: Solutions = None,
) -> None:
    """Read the students' names, addresses and numbers from a table, into nbgrader's own.

    The report and the files for Canvas and Moodle use them. Columns: id, first_name, last_name,
    email, lms_user_id, or those of a platform's export. What it does not say stays as it is.
    """
    from autograder.report.roster_file import import_roster

    place = Course.at(course, solutions)
    place.prepare()
    people = import_roster(place, table)
    say(f"{len(people)} student{'s' * (len(people) != 1)}: their names are known now")


@app.command(epilog=EXIT_CODES)
@guarded("The same command goes on from here.")
def demo(
    assignments: Annotated[
        list[str] | None, typer.Argument(help="Names of assignments. Default: all.")
    ] = None,
    students: Annotated[int, typer.Option(min=8, help="How many.")] = 24,
    answers_only: Annotated[
        bool,
        typer.Option("--answers-only", help="Nothing that hangs, crashes, cheats or is broken."),
    ] = False,
    only_make: Annotated[
        bool, typer.Option("--only-make", help="Make the class, but do not grade it.")
    ] = False,
    workers: Workers = None,
    sandbox: Sandbox = None,
    course: CourseDir = None,
    solutions: Solutions = None,
) -> None:
    """Make a sample class out of the known answers and mistakes, and grade it.

    Among the students are right answers in several ways, single misconceptions and several at once,
    untouched notebooks, endless loops, crashes, cheating, and files that are broken in many ways.
    Submissions of other students are left alone.
    """
    from autograder.demo.hand_in import make_class
    from autograder.release import release as make

    place = Course.at(course, solutions)
    for name in assignments or ():
        place.require_assignment(name)
    for name in assignments or place.assignments():
        make(place, name)
        made = make_class(place, name, students, answers_only)
        say(
            f"{len(made.written)} sample submissions made, {len(made.kept)} were there already\n"
            f"  {place.submitted}/sample-*/{name}"
        )
        if made.foreign:
            raise Problem(
                f"Not ours, so left alone: {', '.join(made.foreign)} in {place.submitted}.",
                "Move these folders away to get the whole sample class.",
            )
        if only_make:
            continue
        grade(name, workers=workers, sandbox=sandbox, course=course, solutions=solutions)
        feedback(name, course=course, solutions=solutions)
        report(name, course=course, solutions=solutions)
