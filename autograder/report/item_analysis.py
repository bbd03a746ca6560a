"""How hard each exercise was, and how well it tells strong students from weak ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: A correlation over fewer students says nothing; nor do groups of fewer than a handful.
FEWEST_TO_CORRELATE = 10
FEWEST_FOR_GROUPS = 30
#: The share of the class in the upper and in the lower group.
GROUP = 0.27


@dataclass(frozen=True)
class Item:
    """One exercise.

    ``difficulty`` is the mean share of its points, ``full`` the share of students with all of them;
    both None where nothing is marked. ``discrimination`` is the correlation of its points with
    those in all other exercises, None where ``why_not`` says why there is none. ``upper_lower`` is
    the mean share of the points in the upper group less that in the lower one, None in a class that
    is too small for groups.
    """

    difficulty: float | None
    full: float | None
    discrimination: float | None
    upper_lower: float | None
    why_not: str = ""

    @property
    def verdict(self) -> str:
        """The discrimination in words."""
        r = self.discrimination
        if r is None:
            return self.why_not
        if r < 0:
            return "the wrong way round: look at the task and its test"
        return "hardly" if r < 0.2 else "somewhat" if r < 0.4 else "well"


Scores = Sequence[Mapping[str, float | None]]


def item_analysis(most: Mapping[str, float], scores: Scores) -> dict[str, Item]:
    """Analyse every exercise of ``most`` (its points by name).

    ``scores`` has one mapping a student: the points in each exercise, None for what is not marked
    yet. What is not marked for everyone counts as an exercise, but not as part of the others' rest.
    """
    table = np.array(
        [[np.nan if (p := row.get(name)) is None else p for name in most] for row in scores],
        dtype=float,
    ).reshape(len(scores), len(most))
    whole = ~np.isnan(table).any(axis=0)
    items = {}
    for column, (name, points) in enumerate(most.items()):
        others = whole.copy()
        others[column] = False
        marked = ~np.isnan(table[:, column])
        mine, rest = table[marked, column], table[marked][:, others].sum(axis=1)
        items[name] = _item(mine, rest, points, alone=not others.any())
    return items


def _item(mine: np.ndarray, rest: np.ndarray, points: float, *, alone: bool) -> Item:
    if not len(mine) or points <= 0:
        return Item(None, None, None, None, "not marked yet" if points > 0 else "no points")
    difficulty, full = float(mine.mean() / points), float(np.mean(mine >= points - 1e-9))
    why_not = ""
    if alone:
        why_not = "there is no other exercise to compare it with"
    elif len(mine) < FEWEST_TO_CORRELATE:
        why_not = f"too few to tell: {len(mine)} of {FEWEST_TO_CORRELATE} students"
    elif np.ptp(mine) < 1e-9:
        why_not = "all have the same points"
    elif np.ptp(rest) < 1e-9:
        why_not = "all have the same points in the other exercises"
    if why_not:
        return Item(difficulty, full, None, None, why_not)
    groups = _upper_lower(mine / points, rest) if len(mine) >= FEWEST_FOR_GROUPS else None
    return Item(difficulty, full, float(np.corrcoef(mine, rest)[0, 1]), groups)


def _upper_lower(shares: np.ndarray, rest: np.ndarray) -> float:
    """Return the mean share in the upper 27 % less that in the lower 27 %.

    Args:
        shares: (N,) each student's share of the exercise's points.
        rest: (N,) their points in the other exercises, by which the groups are made.
    """
    seats = GROUP * len(rest)
    return float(np.average(shares, weights=_first(-rest, seats))) - float(
        np.average(shares, weights=_first(rest, seats))
    )


def _first(values: np.ndarray, seats: float) -> np.ndarray:
    """Return weights (N,) of those with the smallest ``values``, which sum to ``seats``.

    Who is tied for the last seats shares them.
    """
    below = (values[:, None] > values + 1e-9).sum(axis=1)
    tied = (np.abs(values[:, None] - values) <= 1e-9).sum(axis=1)
    return np.clip((seats - below) / tied, 0.0, 1.0)
