"""Words to numbers and back: vocabulary, encoding, one-hot vectors (book/rnn/language-model)."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Integer

from course_lib.shapes import checked

EOS = "<eos>"
UNK = "<unk>"


def build_vocabulary(
    sentences: Sequence[Sequence[str]], max_size: int | None = None, min_count: int = 1
) -> list[str]:
    """EOS, UNK, then the words by falling count, words of the same count in alphabetical order.

    `max_size` limits the whole list, EOS and UNK included; words seen fewer than `min_count` times
    are left out.
    """
    if max_size is not None and max_size < 2:
        raise ValueError(f"max_size: {max_size}, expected at least 2, for {EOS} and {UNK}")
    counts = Counter(word for sentence in sentences for word in sentence)
    words = sorted(counts, key=lambda word: (-counts[word], word))
    kept = [w for w in words if counts[w] >= min_count and w not in (EOS, UNK)]
    return [EOS, UNK, *kept][:max_size]


def encode(tokens: Sequence[str], vocabulary: Sequence[str]) -> Integer[np.ndarray, " T"]:
    """The number of each word, UNK's for a word not in the vocabulary, and EOS's at the end."""
    number = _numbers(vocabulary)
    return np.array([number.get(token, number[UNK]) for token in tokens] + [number[EOS]])


@checked
def decode(ids: Integer[np.ndarray, " T"], vocabulary: Sequence[str]) -> list[str]:
    """The words up to the first EOS, which is left out (all of them, if there is no EOS)."""
    _numbers(vocabulary)
    require_ids(ids, len(vocabulary))
    words = [vocabulary[i] for i in ids]
    return words[: words.index(EOS)] if EOS in words else words


@checked
def one_hot(ids: Integer[np.ndarray, "*B"], V: int) -> Float[np.ndarray, "*B V"]:
    """A 1 in place ids[...] of a new last axis of size V, 0 elsewhere; float64.

    Raises ValueError for an id outside 0..V-1.
    """
    require_ids(ids, V)
    x = np.zeros((*ids.shape, V))
    np.put_along_axis(x, ids[..., None], 1.0, axis=-1)
    return x


def _numbers(vocabulary: Sequence[str]) -> dict[str, int]:
    number = {word: i for i, word in enumerate(vocabulary)}
    if len(number) != len(vocabulary):
        raise ValueError("vocabulary: a word stands in it twice")
    for word in (EOS, UNK):
        if word not in number:
            raise ValueError(f"vocabulary: {word} is missing")
    return number


def require_ids(ids: np.ndarray, V: int) -> None:
    """Raise ValueError unless V is not negative and all ids lie in 0..V-1."""
    if V < 0:
        raise ValueError(f"V: {V}, expected a number that is not negative")
    if ids.size and (ids.min() < 0 or ids.max() >= V):
        raise ValueError(f"ids: must lie in 0..{V - 1}, got {ids.min()}..{ids.max()}")
