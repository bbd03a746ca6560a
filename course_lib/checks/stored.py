"""The cases of the visible checks as a file: plain data with arrays, as JSON."""

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.checks.judging import Case

#: Where the files are: beside this module in what students get; built, in a checkout.
_FOLDERS = (Path(__file__).parent, Path(__file__).parents[2] / "build" / "checks")


@dataclass(frozen=True)
class Check:
    """A visible check: its cases, and the line that it prints when all of them are right."""

    number: int
    says: str
    cases: tuple[Case, ...]


def read_checks(assignment: str) -> dict[str, Check]:
    """The checks of an assignment, by exercise.

    Raises FileNotFoundError where they have not been built.
    """
    found = [folder / f"{assignment}.json" for folder in _FOLDERS]
    path = next((path for path in found if path.is_file()), found[-1])
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed_ns: int) -> dict[str, Check]:
    data = json.loads(path.read_text(encoding="utf-8"))
    return {name: _check(decoded(content)) for name, content in data.items()}


def _check(content: dict[str, Any]) -> Check:
    return Check(**content | {"cases": tuple(Case(**case) for case in content["cases"])})


def written_checks(checks: dict[str, Check]) -> str:
    """The text of a file that `read_checks` reads."""
    content = {
        name: {
            "number": check.number,
            "says": check.says,
            "cases": [
                {f.name: getattr(case, f.name) for f in fields(case)} for case in check.cases
            ],
        }
        for name, check in checks.items()
    }
    return json.dumps({name: encoded(check) for name, check in content.items()}) + "\n"


def encoded(value: Any) -> Any:
    """Plain data with arrays as what JSON can hold."""
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        return {"array": array.ravel().tolist(), "shape": array.shape, "dtype": array.dtype.name}
    if isinstance(value, dict):
        return {"dict": [[key, encoded(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [encoded(item) for item in value]}
    if isinstance(value, list):
        return [encoded(item) for item in value]
    return value


def decoded(value: Any) -> Any:
    """What `encoded` was given; NumPy's scalars come back as arrays without axes."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["array"], dtype=value["dtype"]).reshape(value["shape"])
    if "tuple" in value:
        return tuple(decoded(item) for item in value["tuple"])
    return {key: decoded(item) for key, item in value["dict"]}
