"""The vector of each word: a row of a matrix, which is learnt as all weights are
(book/rnn/language-model).
"""

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.vocabulary import require_ids
from course_lib.shapes import checked, require_shape

#: (ids, shape of E)
EmbeddingCache = tuple[np.ndarray, tuple[int, ...]]


@checked
def embedding_forward(
    ids: Integer[np.ndarray, "*B"], E: Float[np.ndarray, "V D"]
) -> tuple[Float[np.ndarray, "*B D"], EmbeddingCache]:
    """Take the row E[id] for each id: one_hot(ids, V) @ E without the product.

    Returns the rows, (*B, D), and the cache. Raises ValueError for an id outside 0..V-1.
    """
    require_ids(ids, len(E))
    return E[ids], (ids, E.shape)


def embedding_backward(
    dx: Float[np.ndarray, "*B D"], cache: EmbeddingCache
) -> Float[np.ndarray, "V D"]:
    """Compute dL/dE (V, D) from dL/dx: each row gets the sum over all places of its word."""
    ids, shape = cache
    require_shape("dx", dx, (*ids.shape, shape[1]))
    dE = np.zeros(shape, dtype=dx.dtype)
    np.add.at(dE, ids, dx)
    return dE
