"""Binary addition as a sequence task: two bits in, the sum's bit out, lowest first, the carry
unseen.
"""

import numpy as np
from jaxtyping import Float, Integer


def to_bits(number: int, length: int) -> Integer[np.ndarray, " length"]:
    """The `length` binary digits of a number, lowest first; any size of number."""
    if number < 0 or number >> length:
        raise ValueError(f"number: {number} does not fit into {length} bits")
    return np.array([number >> t & 1 for t in range(length)], dtype=int)


def from_bits(bits: Integer[np.ndarray, " T"]) -> int:
    """The number whose binary digits, lowest first, are `bits`; any length, exact."""
    if np.any((bits != 0) & (bits != 1)):
        raise ValueError("bits: must be 0 or 1")
    return int("0" + "".join(str(bit) for bit in bits[::-1]), 2)


def carries(
    a: Integer[np.ndarray, "T *N"], b: Integer[np.ndarray, "T *N"]
) -> Integer[np.ndarray, "T *N"]:
    """The carry out of each place when a and b are added: what a network has to remember.

    Raises ValueError for no place, and for other shapes of a and b than one.
    """
    if a.shape != b.shape:
        raise ValueError(f"b: shape {b.shape}, expected {a.shape}, that of a")
    if len(a) == 0:
        raise ValueError("a: a number needs at least one place, got T = 0")
    carry = np.zeros_like(a)
    carry[0] = a[0] & b[0]
    for t in range(1, len(a)):
        carry[t] = (a[t] + b[t] + carry[t - 1]) >= 2
    return carry


def longest_carry(
    a: Integer[np.ndarray, "T *N"], b: Integer[np.ndarray, "T *N"]
) -> Integer[np.ndarray, "*N"]:
    """Over how many places in a row the carry is 1, at the longest: how far a network has to
    remember. Raises ValueError as `carries` does.
    """
    carry_out = carries(a, b)
    run = np.zeros_like(a[0])
    longest = run
    for carry in carry_out:
        run = (run + 1) * carry
        longest = np.maximum(longest, run)
    return np.asarray(longest)


def addition_batch(
    rng: np.random.Generator, T: int, N: int
) -> tuple[Float[np.ndarray, "T N 2"], Integer[np.ndarray, "T N"]]:
    """N sums of two random numbers below 2**(T-1): x (T, N, 2) their bits, y (T, N) the bits of the
    sum.

    The highest place of both numbers is 0, so that the sum fits and its last carry shows.
    """
    if T < 1 or N < 1:
        raise ValueError(f"T and N must be at least 1, got T = {T}, N = {N}")
    bits = rng.integers(0, 2, size=(T, N, 2))
    bits[-1] = 0
    a, b = bits[..., 0], bits[..., 1]
    carry_in = np.concatenate([np.zeros((1, N), dtype=int), carries(a, b)[:-1]])
    return bits.astype(float), (a + b + carry_in) % 2
