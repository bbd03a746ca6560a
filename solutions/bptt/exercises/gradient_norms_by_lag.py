"""Exercise 11: how far a gradient reaches."""

import numpy as np
from jaxtyping import Float

from autograder.testing import Exercise, float32, ones, sized, square, states, unchanged
from course_lib.reference import jacobian


def gradient_norms_by_lag(
    h: Float[np.ndarray, "T H"], W_hh: Float[np.ndarray, "H H"]
) -> Float[np.ndarray, " T-1"]:
    """The library's function, for one sequence."""
    return jacobian.gradient_norms_by_lag(h[:, None], W_hh)[:, 0]


norms_by_lag = Exercise(
    gradient_norms_by_lag,
    "norms",
    {"T": 5, "H": 4},
    axes="index",
    draw={"h": states},
    options={"rtol": 1e-9, "atol": 1e-12},
    title="How far does a gradient reach?",
    equation="eq-bptt-jacobian-product",
    section="sec-bptt-jacobian-product",
    says="the norms are right, for one lag and for many, in any size.",
)
norms_by_lag.part(
    "lag 1",
    sized(
        "For T = 2, where there is one lag:",
        T=2,
        change=lambda arguments, rng: arguments | {"h": arguments["h"][:2]},
    ),
)
norms_by_lag.part(
    "all lags, where h is 0",
    sized("With h = 0, so that each Jacobian is W_hh:", zero=["h"]),
)
norms_by_lag.part("all lags", sized(), weight=2)
norms_by_lag.part(
    "any size",
    square(4, "T", "H"),
    ones("H"),
    float32(),
    unchanged(),
    needs=["all lags"],
)

norms_by_lag.mistake(
    "norms_without_slope",
    "The Jacobian of a step is W_hh.",
    hint="Your Jacobians do not depend on the states. Where is the tanh?",
    swap={" * (1 - h[T - lag] ** 2)": ""},
)
norms_by_lag.mistake(
    "slope_on_the_wrong_side",
    "The slope multiplies the rows of W_hh.",
    hint=(
        "The slope is that of h_t[j]. Which index of W_hh is j: that of the rows or that of the "
        "columns?"
    ),
    swap={"(1 - h[T - lag] ** 2)": "(1 - h[T - lag] ** 2)[:, None]"},
)
norms_by_lag.mistake(
    "slope_one_step_too_early",
    "The Jacobian belongs to the state it is taken by.",
    hint=(
        "The Jacobian of a step has the slope of the state that comes out, not of the one that "
        "goes in."
    ),
    swap={"h[T - lag]": "h[T - lag - 1]"},
)
norms_by_lag.mistake(
    "product_in_the_wrong_order",
    "Each new Jacobian is put behind the others.",
    hint=(
        "Matrices do not commute. In the equation the Jacobian of the last step stands on the "
        "right: on which side does an earlier one come?"
    ),
    swap={"jacobian @ product": "product @ jacobian"},
)
norms_by_lag.mistake(
    "product_of_the_norms",
    "The norm of a product is the product of the norms.",
    hint=(
        "The norm of a product is at most the product of the norms. Multiply the matrices first."
    ),
    swap={
        "product = np.eye(H)": "product = 1.0",
        "jacobian @ product": "np.linalg.norm(jacobian, ord=2) * product",
        "np.linalg.norm(product, ord=2)": "product",
    },
)
norms_by_lag.mistake(
    "frobenius_norm",
    "np.linalg.norm without further ado.",
    hint=(
        "Without ord, np.linalg.norm is the root of the sum of all squares. The largest singular "
        "value is another norm."
    ),
    swap={"np.linalg.norm(product, ord=2)": "np.linalg.norm(product)"},
)
norms_by_lag.mistake(
    "largest_eigenvalue",
    "The size of a matrix is its largest eigenvalue.",
    hint=(
        "The largest eigenvalue and the largest singular value are the same only for special "
        "matrices."
    ),
    swap={"np.linalg.norm(product, ord=2)": "np.abs(np.linalg.eigvals(product)).max()"},
)
norms_by_lag.mistake(
    "lag_counted_from_the_front",
    "The first step comes first.",
    hint="Lag 1 is the last step, not the first. Where has the product to begin?",
    swap={"h[T - lag]": "h[lag]"},
)
norms_by_lag.mistake(
    "largest_lag_first",
    "The norms are in the order of the steps.",
    hint="All norms are there, the one of the largest lag first. Lag 1 should come first.",
    swap={"norms[lag - 1]": "norms[T - 1 - lag]"},
)
norms_by_lag.mistake(
    "one_jacobian_for_each_lag",
    "Each lag has its Jacobian.",
    hint=(
        "You give back the norm of each single Jacobian. For lag l there are l of them, multiplied."
    ),
    swap={"np.linalg.norm(product, ord=2)": "np.linalg.norm(jacobian, ord=2)"},
)


@norms_by_lag.alternative
def norms_of_the_transposed(h, W_hh):
    """The way of a gradient: the transposed Jacobians, in the other order."""
    norms = []
    product = np.eye(h.shape[1], dtype=h.dtype)
    for h_t in h[:0:-1]:
        product = product @ ((1 - h_t**2)[:, None] * W_hh.T)
        norms.append(np.linalg.svd(product, compute_uv=False).max())
    return np.array(norms)


@norms_by_lag.alternative
def norms_by_eigenvalues(h, W_hh):
    """The largest singular value is the root of the largest eigenvalue of A A^T."""
    T, H = h.shape
    norms = np.zeros_like(h[1:, 0])
    for lag in range(1, T):
        A = np.eye(H)
        for t in range(T - lag, T):
            A = A @ W_hh @ np.diag(1 - h[t] ** 2)
        norms[lag - 1] = np.sqrt(np.linalg.eigvalsh(A @ A.T)[-1])
    return norms
