"""What the grader tells whoever started it: how far it is, and what they have to put right."""

from collections.abc import Callable

#: Called with what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


class Problem(Exception):
    """Something the user can put right: what is wrong, and what to do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n{remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy
