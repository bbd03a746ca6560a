"""What a feedback page says that a slip of form costs."""

from autograder.feedback.page import Row, with_prices
from autograder.testing import Part, Verdict


def slipped(passed: bool = True) -> Verdict:
    slip = ("list", "h: it is a list, expected a NumPy array.")
    return Verdict("any", (Part("all", True, slips=(slip,)), Part("more", passed, "Wrong.")))


def test_a_slip_is_charged_once_and_the_page_says_where() -> None:
    verdicts = {"a": slipped(False), "b": slipped(), "c": slipped(), "d": None}
    rows = {
        name: Row(name, f"Exercise {name}", 1, 1, "partly", failed=found.summary().failed)
        for name, found in verdicts.items()
        if found is not None
    }
    told = with_prices(rows, verdicts)
    assert told.keys() == {"b", "c"}
    (((names, first),), ((_, second),)) = (told["b"].failed, told["c"].failed)
    assert names == ("in form",)
    assert first.endswith("This costs 0.25 points, once in the assignment.")
    assert second.endswith('Already charged in "Exercise b".')
