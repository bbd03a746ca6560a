"""The visible checks of the assignments. They know no answers but what is stored of them."""


class CheckFailed(AssertionError):
    """A check of an answer that failed; its text says what is wrong."""
