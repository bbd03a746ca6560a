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
    axes="lag",
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
norms_by_lag.mistake(
    "lag_0_too",
    "The first norm is that of no step, 1.",
    hint="The smallest lag is 1. How many norms are there for T states?",
    swap={"np.empty(T - 1": "np.ones(T", "norms[lag - 1]": "norms[lag]"},
)
norms_by_lag.mistake(
    "another_norm",
    "The largest entry, or the sum of a row, is the size of a matrix.",
    hint="The spectral norm is the largest singular value: how much longer a vector can become.",
    swap={"np.linalg.norm(product, ord=2)": "np.abs(product).max()"},
    spellings=[
        {"np.linalg.norm(product, ord=2)": "np.linalg.norm(product, ord=1)"},
        {"np.linalg.norm(product, ord=2)": "np.linalg.norm(product, ord=np.inf)"},
        {"np.linalg.norm(product, ord=2)": 'np.linalg.norm(product, ord="nuc")'},
        {"np.linalg.norm(product, ord=2)": "np.abs(product).sum()"},
        {"np.linalg.norm(product, ord=2)": "np.abs(np.linalg.det(product))"},
        {"np.linalg.norm(product, ord=2)": "np.linalg.norm(product, ord=-2)"},
        {"np.linalg.norm(product, ord=2)": "np.abs(product).mean()"},
    ],
)
norms_by_lag.mistake(
    "forward_from_the_first_step",
    "The product begins at the first step.",
    hint=(
        "Lag 1 is the last step alone, and each further lag has one step more in front of it. "
        "Where does your product begin?"
    ),
    swap={"h[T - lag]": "h[lag]", "jacobian @ product": "product @ jacobian"},
    spellings=[
        {"h[T - lag]": "h[lag - 1]", "jacobian @ product": "product @ jacobian"},
        {"h[T - lag]": "h[lag - 1]"},
    ],
)
norms_by_lag.mistake(
    "norms_slope_of_another_function",
    "The slope is 1 - h, or (1 - h) squared.",
    hint="Look once more at the derivative of the tanh: what exactly is squared?",
    swap={"(1 - h[T - lag] ** 2)": "(1 - h[T - lag]) ** 2"},
    spellings=[
        {"(1 - h[T - lag] ** 2)": "(1 - h[T - lag])"},
        {"(1 - h[T - lag] ** 2)": "h[T - lag] * (1 - h[T - lag])"},
        {"(1 - h[T - lag] ** 2)": "(1 + h[T - lag] ** 2)"},
        {"h[T - lag] ** 2": "np.tanh(h[T - lag]) ** 2"},
    ],
)
norms_by_lag.mistake(
    "powers_of_one_jacobian",
    "All Jacobians are the same.",
    hint=(
        "The states differ from step to step, and so do their Jacobians. Yours is one, "
        "multiplied with itself."
    ),
    swap={
        "np.linalg.norm(product, ord=2)": "np.linalg.norm(np.linalg.matrix_power(jacobian, lag), ord=2)"
    },
    spellings=[{"h[T - lag]": "h[-1]"}, {"h[T - lag]": "h[0]"}],
)
norms_by_lag.mistake(
    "product_entry_by_entry",
    "`*` multiplies matrices.",
    hint="`*` multiplies entry by entry. Which operator is the product of matrices?",
    swap={
        "product = np.eye(H)": "product = np.ones((H, H))",
        "jacobian @ product": "jacobian * product",
    },
    spellings=[{"jacobian @ product": "jacobian * product"}],
)
norms_by_lag.mistake(
    "squared_norms",
    "The largest eigenvalue of A A^T is the norm.",
    hint="The eigenvalues of A A^T are the squares of the singular values.",
    swap={"np.linalg.norm(product, ord=2)": "np.linalg.norm(product, ord=2) ** 2"},
)
norms_by_lag.mistake(
    "norms_through_the_transposed_matrix",
    "The gradient goes through the transpose.",
    hint=(
        "Which index of W_hh is i in the equation, and which is j? In yours they have changed "
        "places."
    ),
    swap={"W_hh * (1": "W_hh.T * (1"},
)
norms_by_lag.mistake(
    "adds_up_the_jacobians",
    "The ways of all steps are added up.",
    hint="The steps come one after the other: are their Jacobians added or multiplied?",
    swap={"jacobian @ product": "jacobian + product"},
)
norms_by_lag.mistake(
    "the_largest_lag_is_missing",
    "The last lag is T - 2.",
    hint="Through which lags does your loop run? One norm is never filled in.",
    swap={"np.empty(T - 1": "np.zeros(T - 1", "range(1, T)": "range(1, T - 1)"},
    spellings=[{"np.empty(T - 1": "np.zeros(T - 1", "range(1, T)": "range(2, T)"}],
)
norms_by_lag.mistake(
    "the_norm_before_the_product",
    "The norm is taken, then the next Jacobian comes.",
    hint="Your first norm is 1: at lag 1 one Jacobian is in the product already.",
    swap={
        "        jacobian = ": "        norms[lag - 1] = np.linalg.norm(product, ord=2)\n        jacobian = ",
        "        product = jacobian @ product\n        norms[lag - 1] = np.linalg.norm(product, ord=2)\n": "        product = jacobian @ product\n",
    },
)
norms_by_lag.mistake(
    "the_slope_on_the_product",
    "The slope multiplies what has been gathered.",
    hint="The slope belongs to the columns of W_hh, before the product with the later Jacobians.",
    swap={"jacobian @ product": "W_hh @ product * (1 - h[T - lag] ** 2)"},
    spellings=[{"jacobian @ product": "W_hh @ (product * (1 - h[T - lag] ** 2))"}],
)
norms_by_lag.mistake(
    "norms_slope_without_brackets",
    "Python reads from left to right.",
    hint=(
        "Read your slope as Python does: which of `*`, `**` and `-` comes first, and do the "
        "brackets stand where you mean them?"
    ),
    swap={"W_hh * (1 - h[T - lag] ** 2)": "W_hh * 1 - h[T - lag] ** 2"},
    spellings=[
        {"(1 - h[T - lag] ** 2)": "(1 - h[T - lag] * 2)"},
        {"(1 - h[T - lag] ** 2)": "h[T - lag] ** 2"},
        {"(1 - h[T - lag] ** 2)": "(1 - h[T - lag] ** 2) ** 2"},
    ],
)
norms_by_lag.mistake(
    "sizes_of_the_last_row",
    "A vector is sent back.",
    hint=(
        "The norm of the whole product is wanted. Yours is that of a part of it, or of what "
        "one vector becomes."
    ),
    swap={"np.linalg.norm(product, ord=2)": "np.linalg.norm(product[-1])"},
    spellings=[
        {"np.linalg.norm(product, ord=2)": "np.linalg.norm(product[0])"},
        {"np.linalg.norm(product, ord=2)": "np.linalg.norm(product[:, 0])"},
        {"np.linalg.norm(product, ord=2)": "np.linalg.norm(product.sum(axis=0))"},
        {"np.linalg.norm(product, ord=2)": "np.linalg.norm(product.sum(axis=1))"},
        {"np.linalg.norm(product, ord=2)": "np.abs(np.trace(product))"},
    ],
)
norms_by_lag.mistake(
    "gives_a_mean_over_the_lags",
    "Norms are averaged.",
    hint="Each norm is that of one product. Do you divide it by the lag, or take a root?",
    swap={"np.linalg.norm(product, ord=2)": "np.linalg.norm(product, ord=2) / lag"},
    spellings=[
        {"np.linalg.norm(product, ord=2)": "np.linalg.norm(product, ord=2) ** (1 / lag)"},
        {"np.linalg.norm(product, ord=2)": "np.log(np.linalg.norm(product, ord=2))"},
    ],
)
norms_by_lag.mistake(
    "begins_with_the_matrix",
    "The product begins with W_hh.",
    hint="At lag 1 there is one Jacobian. With what does your product begin?",
    swap={"product = np.eye(H)": "product = W_hh"},
    spellings=[
        {"product = np.eye(H)": "product = W_hh * (1 - h[-1] ** 2)"},
        {"product = np.eye(H)": "product = np.ones((H, H))"},
        {"product = np.eye(H)": "product = np.zeros((H, H))"},
    ],
)
norms_by_lag.mistake(
    "adds_up_the_norms_of_all_lags",
    "Norms of all lags are added up.",
    hint="Each norm is that of one product. Do you add them up, or multiply them, over the lags?",
    swap={"return norms": "return np.cumsum(norms)"},
    spellings=[{"return norms": "return np.cumprod(norms)"}],
)
norms_by_lag.mistake(
    "eigenvalues_with_their_sign",
    "The largest eigenvalue is the norm.",
    hint="Eigenvalues are not singular values, and may be complex or negative.",
    swap={"np.linalg.norm(product, ord=2)": "np.linalg.eigvals(product).real.max()"},
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
