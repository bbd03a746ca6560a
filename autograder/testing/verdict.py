"""What came of one exercise, as data and as the text that a student reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course_lib.checks.judging import SLIPS

#: What a kind of slip costs, in points, however often it is met in an assignment.
SLIP_PRICE = 0.25
#: The cause of a part that was not run because another did not pass.
NOT_RUN = "not run"


@dataclass(frozen=True)
class Part:
    """One part of an exercise's test: its name, whether it passed, and what is wrong if not.

    ``slips`` are the slips of form that were met, as pairs of kind and message; they fail nothing.
    ``cause`` says why a part had nothing to compare: `NOT_RUN`, or the exception or the kind of the
    StudentError in which a call ended; "" where it had.
    """

    name: str
    passed: bool
    message: str = ""
    weight: float = 1.0
    slips: tuple[tuple[str, str], ...] = ()
    cause: str = ""


@dataclass(frozen=True)
class Summary:
    """What a student is told of a verdict.

    Attributes:
        lead: a sentence on the whole.
        passed: the names of the parts that passed, where others did not.
        failed: names of parts that did not pass, with the message that they share; slips of form
            stand behind them, as "in form".
        hint: for the mistake that was recognised; "" where none was.
    """

    lead: str
    passed: tuple[str, ...] = ()
    failed: tuple[tuple[tuple[str, ...], str], ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Verdict:
    """What came of one exercise. ``mistake`` and ``hint`` are set when a known mistake was met.

    ``section`` is the label of the book's section that the exercise belongs to, ``given`` names the
    earlier exercises of which a right version was used.
    """

    exercise: str
    parts: tuple[Part, ...]
    mistake: str | None = None
    hint: str | None = None
    section: str = ""
    given: tuple[str, ...] = ()

    @property
    def fraction(self) -> float:
        """The share of the points, between 0 and 1: the weight of the parts that passed."""
        whole = sum(part.weight for part in self.parts)
        return sum(part.weight for part in self.parts if part.passed) / whole if whole else 0.0

    @property
    def passed(self) -> bool:
        """Whether every part passed, without a slip of form."""
        return bool(self.parts) and all(p.passed and not p.slips for p in self.parts)

    @property
    def charged(self) -> dict[str, str]:
        """The slips of form that cost something: those of an answer that is right otherwise."""
        return self.slips if all(part.passed for part in self.parts) else {}

    @property
    def slips(self) -> dict[str, str]:
        """The slips of form in the parts that passed: kind -> the message of the first of it."""
        found: dict[str, str] = {}
        for part in self.parts:
            for kind, message in part.slips if part.passed else ():
                found.setdefault(kind, message)
        return found

    def summary(self) -> "Summary":
        """Return what a student is told, in order of importance."""
        right = tuple(part.name for part in self.parts if part.passed)
        if self.passed:
            return Summary(f"All {len(right)} parts passed." if len(right) > 1 else "Passed.")
        wrong: dict[str, list[str]] = {}
        for part in self.parts:
            if not part.passed:
                wrong.setdefault(part.message, []).append(part.name)
        lead = f"{len(right) or 'None'} of {len(self.parts)} parts passed."
        seen = {part.message for part in self.parts if not part.passed and part.cause != NOT_RUN}
        if not right and len(seen) == 1:
            return Summary(f"{lead} {seen.pop()}", hint=self.hint or "")
        failed = tuple((tuple(names), message) for message, names in wrong.items())
        failed += tuple((("in form",), message) for message in self.slips.values())
        hint = self.hint or next((SLIPS[kind] for kind in self.charged), "")
        return Summary(lead, right, failed, hint)

    def text(self) -> str:
        """The feedback on this exercise, as the student reads it."""
        said = self.summary()
        lines = [said.lead]
        lines += [f"- passed: {'; '.join(said.passed)}"] if said.passed else []
        lines += [f"- {'; '.join(names)}: {message}" for names, message in said.failed]
        lines += [f"Hint: {said.hint}"] if said.hint else []
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data, ready for JSON."""
        return {
            "exercise": self.exercise,
            "parts": [
                {
                    "name": part.name,
                    "passed": part.passed,
                    "message": part.message,
                    "weight": part.weight,
                    "slips": [list(slip) for slip in part.slips],
                    "cause": part.cause,
                }
                for part in self.parts
            ],
            "mistake": self.mistake,
            "hint": self.hint,
            "section": self.section,
            "given": list(self.given),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Verdict":
        """The verdict that `to_dict` wrote."""
        parts = tuple(
            Part(**part | {"slips": tuple((kind, text) for kind, text in part.get("slips", ()))})
            for part in data["parts"]
        )
        more = {name: data.get(name) for name in ("mistake", "hint")}
        section, given = data.get("section", ""), tuple(data.get("given", ()))
        return cls(data["exercise"], parts, **more, section=section, given=given)


def payers(verdicts: Sequence[Verdict]) -> list[dict[str, int]]:
    """For each verdict, the kinds of slips in it that cost something.

    Each with the index of the verdict at which it is charged: the first that holds it.
    """
    first: dict[str, int] = {}
    return [
        {kind: first.setdefault(kind, i) for kind in verdict.charged}
        for i, verdict in enumerate(verdicts)
    ]


def price(verdicts: Sequence[Verdict], points: Sequence[float]) -> list[float]:
    """The points for the exercises of an assignment.

    Each is worth the share of its parts that passed. A kind of slip costs `SLIP_PRICE` once, at the
    first exercise that is right otherwise, and never more than that exercise has earned: where a
    part fails, the points that are lost there pay for what is wrong in form, too.

    Args:
        verdicts: those on the exercises of one student's assignment, in order.
        points: the most that each of them can give.
    """
    return [
        max(0.0, most * verdict.fraction - SLIP_PRICE * list(paid.values()).count(i))
        for i, (verdict, most, paid) in enumerate(
            zip(verdicts, points, payers(verdicts), strict=True)
        )
    ]
