"""For tests that call the hidden tests thousands of times."""

from collections.abc import Iterator

import jaxtyping
import pytest


@pytest.fixture(scope="module")
def without_checked_signatures() -> Iterator[None]:
    """The library's signatures are not checked: others have done it, and it is most of the time."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
