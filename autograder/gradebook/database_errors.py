"""What an error from the gradebook's database means: one student's, everyone's, or a moment's."""

from sqlalchemy import create_engine
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, OperationalError

from autograder.messages import Problem

#: SQLite's BUSY and LOCKED, and FULL.
_BUSY = (5, 6)
_FULL = 13
#: PostgreSQL's lock_not_available and deadlock_detected.
_LOCKED = ("55P03", "40P01")
#: PostgreSQL's disk_full; and what begins the states of a server that one cannot get at.
_DISK_FULL = "53100"
_OUT_OF_REACH = ("08", "28", "3D", "57P")

_ADDRESS = "c.CourseDirectory.db_url in own_config.py"


def require_address(url: str) -> None:
    """Raises Problem, which does not show the address, where it cannot be one of a database."""
    try:
        create_engine(url).dispose()
    except (ArgumentError, ValueError):
        raise Problem(
            f"The gradebook's address is not one ({_ADDRESS}).",
            "Write it as postgresql://user:password@host:5432/database; in the user and the "
            "password each of @ / : % # ? is written by its code, as %40 for @.",
        ) from None
    except ModuleNotFoundError as error:
        raise Problem(
            f"The gradebook's address ({_ADDRESS}) asks for the Python package {error.name}, "
            "which is not installed.",
            "Begin it with postgresql:// or sqlite:///.",
        ) from None


def is_locked(error: BaseException) -> bool:
    """Whether another program is writing in it, so that it may work a moment later."""
    orig = getattr(_database_error(error), "orig", None)
    busy = getattr(orig, "sqlite_errorcode", 0) & 0xFF in _BUSY
    return busy or getattr(orig, "sqlstate", None) in _LOCKED


def problem_of(error: BaseException) -> Problem | None:
    """What to tell of an error that would befall every student; None for one student's own."""
    found = _database_error(error)
    if found is None or isinstance(found, DataError | IntegrityError):
        return None
    why = " ".join(str(found.orig).split())
    if is_locked(error):
        return Problem(
            f"The gradebook cannot be used: another program is writing in it ({why}).",
            "What is graded is kept apart from it: end that program (a formgrader, another "
            "nbgrader, a database browser), and run the command again.",
        )
    if _out_of_reach(found):
        return Problem(
            f"The gradebook cannot be reached: {why}.",
            "What is graded is kept apart from it: start the database server, or put right "
            f"{_ADDRESS}, and run the command again.",
        )
    sqlite, state = getattr(found.orig, "sqlite_errorcode", 0), getattr(found.orig, "sqlstate", "")
    if sqlite & 0xFF == _FULL or state == _DISK_FULL:
        return Problem(
            f"The gradebook cannot be written: {why}.",
            "What is graded is kept apart from it. Make room there, and run the command again.",
        )
    return unusable(why)


def unusable(why: str) -> Problem:
    """What to tell of a gradebook that has to be put right."""
    return Problem(
        f"The gradebook cannot be used: {why}.",
        "What is graded is kept apart from it: put the gradebook right (or back from a copy; "
        "after an update of nbgrader: nbgrader db upgrade), and run the command again.",
    )


def _out_of_reach(error: DBAPIError) -> bool:
    """Whether a server is not there, does not let us in, or went away."""
    state = getattr(error.orig, "sqlstate", "")  # none, from a server that never answered
    unanswered = state is None and isinstance(error, OperationalError)
    return error.connection_invalidated or unanswered or (state or "").startswith(_OUT_OF_REACH)


def _database_error(error: BaseException | None) -> DBAPIError | None:
    """The database's error behind one that nbgrader has made of it."""
    while error is not None and not isinstance(error, DBAPIError):
        error = error.__cause__ or error.__context__
    return error
