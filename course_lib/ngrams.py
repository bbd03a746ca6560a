"""What counting reaches: a model of the next symbol from the last few (book/rnn/sampling)."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Integer


class NGramModel:
    """Predicts a symbol from the `order` - 1 before it, by counts smoothed as by Witten and Bell.

    Where a context was followed by many different symbols, more is left for those that never
    followed it; how much of it each gets is said by the model of one order less, and at last by
    the uniform distribution.
    """

    def __init__(self, ids: Integer[np.ndarray, " length"], order: int, V: int) -> None:
        """Count.

        Args:
            ids: the text to count in, numbers in 0..V-1.
            order: how many symbols go into a count, the predicted one included; at least 1.
            V: how many symbols there are; at least 1.

        Raises:
            ValueError: for numbers out of these ranges.
        """
        if order < 1:
            raise ValueError(f"order: {order}, expected at least 1")
        if V < 1:
            raise ValueError(f"V: {V}, expected at least 1")
        self.order, self.V = order, V
        self._require_symbols("ids", ids)
        self.followed_by: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        text = [int(i) for i in ids]
        for end, symbol in enumerate(text):
            for length in range(min(order, end + 1)):
                self.followed_by[tuple(text[end - length : end])][symbol] += 1

    def probability(self, symbol: int, before: Sequence[int]) -> float:
        """P(symbol | before), of which the last `order` - 1 are looked at, if there are so many.

        Raises ValueError for a symbol outside 0..V-1.
        """
        self._require_symbols("symbol", np.asarray(symbol))
        p = 1 / self.V
        for length in range(min(self.order, len(before) + 1)):
            counts = self.followed_by.get(tuple(before[len(before) - length :]))
            if counts is None:
                break
            p = (counts[symbol] + len(counts) * p) / (counts.total() + len(counts))
        return p

    def log_probs(self, ids: Integer[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
        """log P of each symbol of a text, given those before it."""
        text = [int(i) for i in ids]
        return np.log(
            [
                self.probability(symbol, text[max(0, t - self.order + 1) : t])
                for t, symbol in enumerate(text)
            ]
        )

    def _require_symbols(self, name: str, ids: np.ndarray) -> None:
        if np.size(ids) and (np.min(ids) < 0 or np.max(ids) >= self.V):
            raise ValueError(
                f"{name}: must lie in 0..{self.V - 1}, got {np.min(ids)}..{np.max(ids)}"
            )
