"""An exercise, declared once: its cases, hidden parts, visible check, mistakes and alternatives."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from autograder.testing.bank import source_as, swapped
from autograder.testing.cases import (
    VISIBLE,
    Draw,
    Numbers,
    Parameter,
    Sizes,
    Spec,
    normal,
    parameters,
    zeros,
)
from autograder.testing.errors import StudentError
from autograder.testing.examination import Failed, PartTest, Recorder
from course_lib.checks.judging import Case, judge, repaired
from course_lib.checks.stored import Check
from course_lib.plain import as_plain

PartFunction = Callable[[Recorder, Numbers], None]
AnyFunction = Callable[..., Any]


@dataclass(frozen=True)
class _Part:
    name: str
    specs: tuple[Spec, ...]
    function: PartFunction | None
    needs: tuple[str, ...]
    weight: float
    shown: bool


@dataclass(frozen=True)
class Known:
    """A known answer as it is declared; ``source`` makes it from the text of the solution."""

    name: str
    source: Callable[[str], str]
    belief: str
    hint: str | None = None
    spelling: int = 1
    unseen: str = ""


class Exercise:
    """What belongs to one exercise; its name is that of the function that students write.

    Args:
        reference: a right answer, with shapes in its signature.
        result: the name of what comes back; with several, a tuple of so many comes back.
        sizes: how large the axes are that the signature names, as in {"N": 3, "D": 2}.
        cache: the names of the items of the cache, which comes back last; or of the caches of all
            steps, where the reference gives a list of them.
        free: the name of a last result that is not marked.
        axes: what the axes of the first result stand for, to say where a difference begins.
        draw: how an argument is drawn that is not an array of normal numbers.
        scale: the standard deviation of numbers that are drawn.
        factors: from the arguments by name to factors by name, as for `describe_difference`.
        options: further options of `describe_difference`.
        views: functions that take part of a result, as for `autograder.testing.examine`.
        title, equation, section: the exercise in words, and the labels in the book of its equation
            and of the section that it belongs to.
        says: what the visible check prints when all is right.
    """

    def __init__(
        self,
        reference: AnyFunction,
        result: str,
        sizes: Sizes | None = None,
        *,
        cache: str = "",
        free: str = "",
        axes: str = "",
        draw: Mapping[str, Draw] | None = None,
        scale: float = 1.0,
        factors: Callable[[Mapping[str, Any]], dict[str, float]] | None = None,
        options: Mapping[str, Any] | None = None,
        views: Sequence[Callable[[Any], Any]] = (),
        title: str = "",
        equation: str = "",
        section: str = "",
        says: str = "",
    ) -> None:
        self.reference = reference
        self.name = reference.__name__
        names = tuple(result.split())
        last = ("cache",) if cache else (free,) if free else ()
        self.results = (*names, *last)
        self.compared = names
        self.fields = {"cache": tuple(cache.split())} if cache else {}
        self.sizes = dict(sizes or {})
        self.axes = {names[0]: tuple(axes.split())} if axes else {}
        self.draw = dict(draw or {})
        self.scale = scale
        self.factors = factors
        self.options = dict(options or {})
        self.views = tuple(views)
        self.title, self.equation, self.section = title, equation, section
        self.says = says
        self.mistakes: list[Known] = []
        self.alternatives: list[Known] = []
        self._parts: list[_Part] = []
        self.parts = lru_cache(self._made_parts)

    @property
    def parameters(self) -> list[Parameter]:
        """The arguments of the function."""
        return parameters(self.reference)

    def part(
        self,
        name: str,
        *specs: Spec,
        needs: Sequence[str] = (),
        weight: float = 1.0,
        shown: bool = True,
    ) -> Callable[[PartFunction], PartFunction]:
        """Add a part: these cases or, as a decorator, a function of (student, numbers).

        ``shown`` is False where the visible check leaves these cases out.
        """

        def add(function: PartFunction | None) -> Any:
            made = _Part(name, specs, function, tuple(needs), weight, shown)
            self._parts.append(made)
            return function

        if specs:
            add(None)
        return add

    def mistake(
        self,
        name: str,
        belief: str = "",
        *,
        hint: str,
        swap: Mapping[str, str] | None = None,
        spellings: Sequence[Mapping[str, str] | str] = (),
        unseen: str = "",
    ) -> Callable[[AnyFunction], AnyFunction]:
        """Add a known mistake: the solution with some of its text swapped, or as a decorator.

        Args:
            name: the mistake's name.
            belief: what the student thinks; of a decorated function it is the docstring.
            hint: what the student is told.
            swap: text of the solution -> text in its place.
            spellings: the mistake in several forms, each such a swap, or a function's whole source.
            unseen: why the visible check lets it through, if it does.
        """
        forms = spellings if swap is None else (swap, *spellings)
        for number, form in enumerate(forms, start=1):
            made = _constant(form) if isinstance(form, str) else partial(swapped, swap=form)
            self.mistakes.append(Known(name, made, belief, hint, number, unseen))

        def add(function: AnyFunction) -> AnyFunction:
            self.mistakes.append(Known(name, *self._written(function), hint, 1, unseen))
            return function

        return add

    def alternative(self, function: AnyFunction) -> AnyFunction:
        """Add a right answer that is written another way than the solution."""
        self.alternatives.append(Known(function.__name__, *self._written(function)))
        return function

    def _written(self, function: AnyFunction) -> tuple[Callable[[str], str], str]:
        source = source_as(self.name, inspect.getsource(function))
        return _constant(source), inspect.getdoc(function) or ""

    def call(
        self, numbers: Numbers, key: str, sizes: Sizes | None = None, **given: Any
    ) -> tuple[Any, ...]:
        """Inputs for a call, for parts that are functions.

        ``key`` makes their numbers others than those of other calls.
        """
        spec = Spec(sizes=sizes or {}, given=given)
        return tuple(self._arguments(spec, numbers, numbers.rng(self.name, key)).values())

    def check(self, number: int) -> Check:
        """The visible check, as data."""
        cases = [
            self._case(spec, VISIBLE, part.name, i)
            for part in self._parts
            if part.shown
            for i, spec in enumerate(part.specs)
        ]
        return Check(number, self.says, tuple(cases))

    def cases(self, numbers: Numbers) -> dict[str, list[Case]]:
        """The cases of each part that has any."""
        return {
            part.name: [
                self._case(spec, numbers, part.name, i) for i, spec in enumerate(part.specs)
            ]
            for part in self._parts
            if part.specs
        }

    def _made_parts(self, numbers: Numbers) -> list[PartTest]:
        cases = self.cases(numbers)
        return [
            PartTest(
                part.name,
                partial(_ask, cases[part.name])
                if part.function is None
                else _with(part.function, numbers),
                part.needs,
                part.weight,
            )
            for part in self._parts
        ]

    def _case(self, spec: Spec, numbers: Numbers, *key: str | int) -> Case:
        arguments = self._arguments(spec, numbers, numbers.rng(self.name, *key))
        keywords = {name: value for name, value in arguments.items() if name in spec.keywords}
        positional = {name: v for name, v in arguments.items() if name not in keywords}
        options = {**self.options, **spec.options}
        if self.factors:
            options["factors"] = self.factors(arguments)
        expected = None
        if not spec.unchanged:
            with np.errstate(all="ignore"):
                expected = as_plain(self.reference(*positional.values(), **keywords))
        return Case(
            args=tuple(positional.values()),
            kwargs=keywords,
            expected=expected,
            note=self._note(spec),
            arguments=tuple(positional),
            results=self.results,
            compared=spec.compared or self.compared,
            entries=spec.entries,
            fields=self.fields,
            cut=spec.cut,
            unchanged=spec.unchanged,
            axes=self.axes,
            options=options,
        )

    def _note(self, spec: Spec) -> str:
        if not spec.alone:
            return spec.note
        gone = [f"{p.name} = 0" for p in self.parameters if p.axes and p.name not in spec.alone]
        return f"With {' and '.join(gone)}, {spec.note}"

    def _arguments(self, spec: Spec, numbers: Numbers, rng: np.random.Generator) -> dict[str, Any]:
        declared = {**self.sizes, **spec.sizes}
        sizes = {name: numbers.size(size) for name, size in declared.items()}
        given = {**spec.given, **(spec.shown if numbers.visible else {})}
        made: dict[str, Any] = {}
        for parameter in self.parameters:
            name = parameter.name
            if name in given:
                value = given[name]
                made[name] = value(rng, sizes) if callable(value) else value
            elif name in self.draw:
                made[name] = self.draw[name](rng, parameter.shape(sizes), sizes)
            elif not parameter.optional and parameter.axes is not None:
                made[name] = normal(self.scale)(rng, parameter.shape(sizes), sizes)
        gone = set(spec.zero) | ({*made} - {*spec.alone} if spec.alone else set())
        made = {name: zeros(value) if name in gone else value for name, value in made.items()}
        return spec.change(made, rng) if spec.change else made


def _constant(source: str) -> Callable[[str], str]:
    return lambda solution: source


def _with(function: PartFunction, numbers: Numbers) -> Callable[[Recorder], None]:
    def test(student: Recorder) -> None:
        function(student, numbers)

    test.__name__ = getattr(function, "__name__", "test")
    return test


def _ask(cases: Sequence[Case], student: Recorder) -> None:
    """Make the calls of a part, and judge what they came to."""
    outcomes = student.call_all([(case.args, case.kwargs) for case in cases])
    for case, outcome in zip(cases, outcomes, strict=True):
        if isinstance(outcome, StudentError):
            raise outcome
        problem, slips = judge(case, outcome.value, outcome.args_after, show_values=False)
        if problem:
            raise Failed(problem)
        student.slips += slips


def prediction(
    cases: str, right: Callable[[], Mapping[str, str]], words: Sequence[str], *, wrong: str
) -> PartFunction:
    """A part for some cases of a prediction, which is a dict from cases to words.

    Cases of which the words differ earn nothing for the same word throughout.

    Args:
        cases: the keys, a letter each. All of them must be right.
        right: gives the right dict.
        words: those to choose from.
        wrong: what to say of a case where another word is right.
    """

    def predicts(student: Recorder, numbers: Numbers) -> None:
        answers = student()
        if type(answers) is not dict:
            student.require("What comes back", answers, right())
        answers, slips = repaired("What comes back", answers, right())
        student.slips += slips
        for case in cases:
            word = answers.get(case)
            if type(word) is not str or word not in words:
                raise Failed(f"case {case}: there is none of the {_COUNTS[len(words)]} words.")
            if word != right()[case]:
                raise Failed(f"case {case}: {wrong}")

    return predicts


_COUNTS = {2: "two", 3: "three", 4: "four"}
