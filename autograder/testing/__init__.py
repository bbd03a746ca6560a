"""The harness shared by hidden tests, the bank of mistakes and the grader. It holds no answers.

A student's function has the same interface wherever it runs (`Student`): in this process, wrapped
by `as_student`, or behind a proxy in a sandbox. A hidden test is a list of `PartTest`, run by
`examine`, which gives a `Verdict`: which parts passed, what the others lack in words, and the hint
of the known mistake that behaves the same, if there is one.

Messages in a verdict are shown to students. They hold no hidden input, no expected value, and no
text made by a student: an exception's message is never repeated.
"""

from autograder.testing.bank import Entry, load_module
from autograder.testing.cases import (
    HIDDEN,
    VISIBLE,
    Inputs,
    Numbers,
    Sizes,
    Spec,
    alone,
    classes,
    float32,
    normal,
    ones,
    sized,
    square,
    states,
    unchanged,
)
from autograder.testing.errors import Kind, StudentError
from autograder.testing.examination import (
    Failed,
    PartTest,
    Recorder,
    examine,
    first,
    recognise,
    whole,
)
from autograder.testing.exercise import Exercise, prediction
from autograder.testing.exercises import Exercises
from autograder.testing.loading import is_assignment, load_tests
from autograder.testing.student import Arguments, Call, Given, OneByOne, Student, as_student
from autograder.testing.verdict import SLIP_PRICE, Part, Summary, Verdict, payers, price
from course_lib.sameness import same

__all__ = [
    "HIDDEN",
    "SLIP_PRICE",
    "VISIBLE",
    "Arguments",
    "Call",
    "Entry",
    "Exercise",
    "Exercises",
    "Failed",
    "Given",
    "Inputs",
    "Kind",
    "Numbers",
    "OneByOne",
    "Part",
    "PartTest",
    "Recorder",
    "Sizes",
    "Spec",
    "Student",
    "StudentError",
    "Summary",
    "Verdict",
    "alone",
    "as_student",
    "classes",
    "examine",
    "first",
    "float32",
    "is_assignment",
    "load_module",
    "load_tests",
    "normal",
    "ones",
    "payers",
    "prediction",
    "price",
    "recognise",
    "same",
    "sized",
    "square",
    "states",
    "unchanged",
    "whole",
]
