"""Real text: the beginning of Shakespeare's Coriolanus, about 100,000 characters
(book/rnn/sampling).

In the public domain. Taken, without a change, from the beginning of `input.txt` in
github.com/karpathy/char-rnn (data/tinyshakespeare), up to the end of a speech.
"""

from importlib.resources import files

import numpy as np
from jaxtyping import Integer


def shakespeare_text() -> str:
    """The whole text, as it is printed: speakers, speeches, empty lines."""
    return (files("course_lib.data") / "shakespeare.txt").read_text(encoding="utf-8")


def shakespeare_characters() -> tuple[list[str], Integer[np.ndarray, " length"]]:
    """The characters that occur, in their order, and the text as numbers of them."""
    characters, ids = np.unique(list(shakespeare_text()), return_inverse=True)
    return characters.tolist(), ids
