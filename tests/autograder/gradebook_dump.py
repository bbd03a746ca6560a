"""All that a gradebook and the folder of autograded notebooks hold, without what is made up."""

from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Base
from sqlalchemy import Column, create_engine, select

from autograder.course import Course


def rows(course: Course) -> dict[str, list[str]]:
    """Every table's rows, with what a row stands for in the place of each made-up id."""
    engine = create_engine(course.config().CourseDirectory.db_url)
    meanings: dict[Any, Any] = {}
    dump = {}
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found = []
            for row in connection.execute(select(table)).mappings():
                content = tuple(
                    (column.name, _meaning(column, row[column.name], meanings))
                    for column in table.columns
                    if not _made_up(column)
                )
                meanings[table.name, row.get("id")] = content
                found.append(repr(content))
            dump[table.name] = sorted(found)
    engine.dispose()
    return dump


def files(course: Course) -> dict[str, tuple[int, Any]]:
    """Everything under autograded/: its mode, and its content; of a notebook what can be read."""
    return {
        str(path.relative_to(course.autograded)): (path.stat().st_mode, _content(path))
        for path in sorted(course.autograded.rglob("*"))
    }


def _content(path: Path) -> Any:
    if path.suffix == ".ipynb":
        return nbformat.read(path, as_version=4)
    return path.read_bytes() if path.is_file() else None


def _made_up(column: Column[Any]) -> bool:
    return column.primary_key and column.default is not None


def _meaning(column: Column[Any], value: Any, meanings: dict[Any, Any]) -> Any:
    for key in column.foreign_keys:
        return meanings.get((key.column.table.name, value), value)
    return value


def different(ours: Course, plain: Course) -> list[str]:
    """What is not the same, in words; [] where everything is."""
    found = []
    mine, theirs = rows(ours), rows(plain)
    for table in theirs:
        found += [f"{table}: only ours: {row}" for row in mine[table] if row not in theirs[table]]
        found += [f"{table}: only plain: {row}" for row in theirs[table] if row not in mine[table]]
        if len(mine[table]) != len(theirs[table]):
            found.append(f"{table}: {len(mine[table])} rows, expected {len(theirs[table])}")
    own, other = files(ours), files(plain)
    found += [
        f"file {name}" for name in sorted(own.keys() | other) if own.get(name) != other.get(name)
    ]
    return found
