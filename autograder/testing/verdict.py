"""What came of one exercise, as data and as the text that a student reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: How the message of a part begins that was not run because another did not pass.
NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True)
class Part:
    """One part of an exercise's test: its name, whether it passed, and what is wrong if not."""

    name: str
    passed: bool
    message: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Summary:
    """What a student is told of a verdict.

    Attributes:
        lead: a sentence on the whole.
        passed: the names of the parts that passed, where others did not.
        failed: names of parts that did not pass, with the message that they share.
        hint: for the mistake that was recognised; "" where none was.
    """

    lead: str
    passed: tuple[str, ...] = ()
    failed: tuple[tuple[tuple[str, ...], str], ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Verdict:
    """What came of one exercise. ``mistake`` and ``hint`` are set when a known mistake was met."""

    exercise: str
    parts: tuple[Part, ...]
    mistake: str | None = None
    hint: str | None = None

    @property
    def fraction(self) -> float:
        """The share of the points, between 0 and 1: the weight of the parts that passed."""
        whole = sum(part.weight for part in self.parts)
        return sum(part.weight for part in self.parts if part.passed) / whole if whole else 0.0

    @property
    def passed(self) -> bool:
        """Whether every part passed."""
        return bool(self.parts) and all(part.passed for part in self.parts)

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
        seen = [message for message in wrong if not message.startswith(NOT_LOOKED_AT)]
        if not right and len(seen) == 1:
            return Summary(f"{lead} {seen[0]}", hint=self.hint or "")
        failed = tuple((tuple(names), message) for message, names in wrong.items())
        return Summary(lead, right, failed, self.hint or "")

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
                }
                for part in self.parts
            ],
            "mistake": self.mistake,
            "hint": self.hint,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Verdict":
        """The verdict that `to_dict` wrote."""
        parts = tuple(Part(**part) for part in data["parts"])
        return cls(data["exercise"], parts, data.get("mistake"), data.get("hint"))
