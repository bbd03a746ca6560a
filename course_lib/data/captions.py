"""Small pictures of one or two shapes, and what to say about them: "a large cross and a small
ring" (book/rnn/modes).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Integer

from course_lib.data.padding import one_hot_masked, pad_sequences
from course_lib.shapes import checked

SHAPES = ("bar", "cross", "ring")
SIZES = {"small": 3, "large": 5}
ROWS, COLUMNS = 7, 14

WORDS = ("<eos>", "a", "and", *SIZES, *SHAPES)

Thing = tuple[str, str]


def caption_words(things: Sequence[Thing]) -> list[str]:
    """The caption of shapes named from left to right, each as (size, shape): its words, the end
    mark included.
    """
    words = [word for thing in things for word in ("and", "a", *thing)]
    return [*words[1:], "<eos>"]


def draw_picture(
    rng: np.random.Generator, things: Sequence[Thing]
) -> Float[np.ndarray, "ROWS COLUMNS"]:
    """A picture (ROWS, COLUMNS) of one shape, anywhere, or of two, one in each half, in ink of
    uneven strength, with specks.

    Raises ValueError if there are not one or two of them, and for another size or shape.
    """
    if len(things) not in (1, 2):
        raise ValueError(f"things: {len(things)}, expected one or two")
    for size, shape in things:
        if size not in SIZES or shape not in SHAPES:
            raise ValueError(f"things: {size!r}, {shape!r} not among SIZES and SHAPES")
    half = COLUMNS // 2
    picture = np.zeros((ROWS, COLUMNS))
    for number, (size, shape) in enumerate(things):
        pixels = _pixels(shape, SIZES[size])
        width = half if len(things) == 2 else COLUMNS
        row = rng.integers(ROWS - len(pixels) + 1)
        column = number * half + rng.integers(width - len(pixels) + 1)
        picture[row : row + len(pixels), column : column + len(pixels)] = pixels
    picture *= rng.uniform(0.7, 1.0, size=picture.shape)
    return picture + rng.uniform(0.0, 0.2, size=picture.shape)


def random_things(rng: np.random.Generator) -> list[Thing]:
    """One or two shapes, each of a random size."""
    sizes = tuple(SIZES)
    return [
        (sizes[rng.integers(len(sizes))], SHAPES[rng.integers(len(SHAPES))])
        for _ in range(rng.integers(1, 3))
    ]


def encode_captions(
    captions: Sequence[Sequence[str]],
) -> tuple[Integer[np.ndarray, "T N"], Bool[np.ndarray, "T N"]]:
    """Words by their number in WORDS, ids (T, N), and mask (T, N), True on real words.

    Raises ValueError for another word, and if there is no caption or an empty one.
    """
    unknown = {word for words in captions for word in words} - set(WORDS)
    if unknown:
        raise ValueError(f"captions: {sorted(unknown)} not among WORDS")
    return pad_sequences([np.array([WORDS.index(w) for w in words]) for words in captions])


@checked
def picture_then_words(
    pictures: Float[np.ndarray, "N ROWS COLUMNS"],
    ids: Integer[np.ndarray, "T N"],
    mask: Bool[np.ndarray, "T N"],
) -> Float[np.ndarray, "T N PV"]:
    """The input of a caption network, (T, N, P + V): at the first step the P pixels of the picture,
    at each later one the word before, one-hot, and zeros for the rest.
    """
    T, N = ids.shape
    pixels = pictures.reshape(N, -1)
    x = np.zeros((T, N, pixels.shape[1] + len(WORDS)))
    x[0, :, : pixels.shape[1]] = pixels
    x[1:, :, pixels.shape[1] :] = one_hot_masked(ids, mask, len(WORDS))[:-1]
    return x


def _pixels(shape: str, width: int) -> Float[np.ndarray, "width width"]:
    middle = width // 2
    pixels = np.zeros((width, width))
    if shape in ("bar", "cross"):
        pixels[middle] = 1
    if shape == "cross":
        pixels[:, middle] = 1
    if shape == "ring":
        pixels[[0, -1]] = pixels[:, [0, -1]] = 1
    return pixels
