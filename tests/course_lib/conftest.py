"""Random arrays that cannot be written to: every test also shows that inputs stay unchanged."""

from collections.abc import Callable

import numpy as np
import pytest

Arrays = Callable[..., np.ndarray]

#: (T, N, D, H): unequal, and with sizes of 1.
SIZES = [(3, 2, 4, 5), (1, 1, 1, 1), (1, 2, 3, 4), (4, 1, 3, 2), (2, 3, 1, 1)]


class FrozenArrays:
    """Draws normal numbers into read-only arrays: frozen(T, N, D)."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __call__(self, *shape: int, dtype: type = np.float64) -> np.ndarray:
        array = self.rng.normal(size=shape).astype(dtype)
        array.setflags(write=False)
        return array

    def layer(self, D: int, H: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self(D, H), self(H, H), self(H)


@pytest.fixture
def frozen() -> FrozenArrays:
    return FrozenArrays(0)


@pytest.fixture(params=SIZES, ids=lambda s: "T{}-N{}-D{}-H{}".format(*s))
def sizes(request: pytest.FixtureRequest) -> tuple[int, int, int, int]:
    return request.param
