"""Exercise 14: gradients that are clipped, or left out."""

from collections.abc import Callable

import numpy as np

from autograder.testing import Exercise, Inputs, Sizes, first, sized, unchanged

Arrays = dict[str, np.ndarray]


def clip_gradients(grads: Arrays, limit: float, how: str) -> tuple[Arrays, float]:
    """Clip by the common norm or entry by entry, and compare the norms."""
    norm = norm_of(grads)
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if how == "norm":
        scale = limit / norm if norm > limit else 1.0
        clipped = {name: scale * g for name, g in grads.items()}
    else:
        clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, norm_of(clipped) / norm if norm > 0 else 1.0


def norm_of(grads: Arrays) -> float:
    """The norm of all gradients together."""
    return float(np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()])))


def gradients(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> Arrays:
    """Draw arrays of several shapes."""
    shapes = {"W": (3, 4), "U": (2, 3, 2), "b": (5,)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


Change = Callable[[Inputs, np.random.Generator], Inputs]


def limited(share: float) -> Change:
    """The limit is this share of the norm."""
    return lambda arguments, rng: arguments | {"limit": share * norm_of(arguments["grads"])}


def holding(value: float) -> Change:
    """One entry is no finite number."""

    def change(arguments: Inputs, rng: np.random.Generator) -> Inputs:
        U = arguments["grads"]["U"].copy()
        U[0, 1, 1] = value
        return arguments | {"grads": arguments["grads"] | {"U": U}}

    return change


clip = Exercise(
    clip_gradients,
    "clipped factor",
    draw={"grads": gradients, "limit": lambda rng, shape, sizes: 0.5},
    views=[first],
    title="Clip",
    equation="eq-bptt-clip-norm",
    section="sec-bptt-clipping",
    says="right by norm and by value, for zeros, NaN and infinity.",
)
clip.part(
    "by norm",
    sized("With a norm above the limit:", how="norm", change=limited(0.3)),
    sized("With a norm just above the limit:", how="norm", change=limited(0.98)),
)
clip.part(
    "by norm, where nothing is to be done",
    sized("With a norm below the limit:", how="norm", change=limited(3)),
)
clip.part(
    "by value",
    sized(how="value"),
    sized("With a small limit:", limit=0.1, how="value"),
    sized("Where no entry is above the limit:", how="value", change=limited(1)),
)
clip.part(
    "zeros, NaN and infinity",
    *(
        sized(f'With how = "{how}" and zeros:', how=how, zero=["grads"])
        for how in ("norm", "value")
    ),
    *(
        sized(f'With how = "{how}" and {word} in one entry:', how=how, change=holding(value))
        for how in ("norm", "value")
        for value, word in ((np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity"))
    ),
)
clip.part(
    "its arguments stay as they are",
    *(unchanged(how=how) for how in ("norm", "value")),
    needs=["by norm", "by value"],
)

clip.mistake(
    "each_array_by_its_own_norm",
    "Each gradient is clipped by its norm.",
    hint=(
        "All gradients together are one long vector, with one norm. Clipping each array by itself"
        " changes the direction."
    ),
    swap={
        (
            "        factor = min(1.0, limit / norm)\n"
            "        return {name: g * factor for name, g in grads.items()}, factor\n"
            "    clipped ="
        ): (
            "        clipped = {name: g * min(1, limit / np.linalg.norm(g)) for name, g in grads.items()}\n"
            "        return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm\n"
            "    clipped ="
        )
    },
)
clip.mistake(
    "stretches_short_gradients",
    "The norm is set to the limit.",
    hint=(
        "A norm below the limit is no reason to do anything. Yours is stretched up to the limit."
    ),
    swap={"min(1.0, limit / norm)": "limit / norm"},
)
clip.mistake(
    "clips_on_one_side",
    "What is larger than the limit becomes the limit.",
    hint=("A very negative entry is as large as a very positive one. What is the lower bound?"),
    swap={"np.clip(g, -limit, limit)": "np.minimum(g, limit)"},
)
clip.mistake(
    "norm_without_the_root",
    "The norm is the sum of the squares.",
    hint="The norm is a length. Which step is missing after the sum of the squares?",
    swap={
        "np.sqrt(sum(np.sum(g**2) for g in grads.values()))": "sum(np.sum(g**2) for g in grads.values())",
        "np.sqrt(sum(np.sum(g**2) for g in clipped.values()))": "sum(np.sum(g**2) for g in clipped.values())",
    },
)


@clip.mistake(
    "lets_nan_through",
    hint=(
        "An entry that is NaN or infinite must not reach the parameters. What are your gradients "
        "then, and what is the factor?"
    ),
)
def lets_nan_through(grads, limit, how):
    """Clipping takes care of everything that is too large."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if norm == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    if how == "norm":
        factor = min(1.0, limit / norm)
        return {name: g * factor for name, g in grads.items()}, factor
    clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


@clip.mistake(
    "replaces_only_the_bad_entries",
    hint=(
        "If one entry is NaN or infinite, the others cannot be trusted either: the whole step is "
        "left out."
    ),
)
def replaces_only_the_bad_entries(grads, limit, how):
    """Each NaN becomes 0, the rest is clipped as usual."""
    grads = {name: np.where(np.isfinite(g), g, 0.0) for name, g in grads.items()}
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if norm == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    if how == "norm":
        factor = min(1.0, limit / norm)
        return {name: g * factor for name, g in grads.items()}, factor
    clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


@clip.mistake(
    "gives_the_norm_for_the_factor",
    hint=(
        "The second result is not a norm, but a quotient of two of them: what is left, between 0 "
        "and 1."
    ),
)
def gives_the_norm_for_the_factor(grads, limit, how):
    """Beside the gradients the norm is given back, as the library does."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if how == "norm":
        return {name: g * min(1.0, limit / max(norm, limit)) for name, g in grads.items()}, norm
    return {name: np.clip(g, -limit, limit) for name, g in grads.items()}, norm


@clip.mistake(
    "zero_over_zero",
    hint="Gradients that are all 0 have the norm 0. What does your division make of that?",
)
def zero_over_zero(grads, limit, how):
    """The factor is the quotient of the norms."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if how == "norm":
        clipped = {name: g * np.minimum(1.0, limit / norm) for name, g in grads.items()}
    else:
        clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


clip.mistake(
    "by_the_largest_entry",
    "The norm is the largest entry.",
    hint=(
        "You compare the largest single entry with the limit. The norm takes all entries together."
    ),
    swap={
        "min(1.0, limit / norm)": "min(1.0, limit / max(np.abs(g).max() for g in grads.values()))"
    },
)


@clip.mistake(
    "clips_in_place",
    hint=("The gradients of whoever called you have changed. Let the clipped ones be new arrays."),
)
def clips_in_place(grads, limit, how):
    """The gradients are replaced by the clipped ones."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if norm == 0:
        return grads, 1.0
    for g in grads.values():
        if how == "norm":
            g *= min(1.0, limit / norm)
        else:
            np.clip(g, -limit, limit, out=g)
    return grads, np.sqrt(sum(np.sum(g**2) for g in grads.values())) / norm


@clip.alternative
def clip_the_long_vector(grads, limit, how):
    """All gradients as one long vector."""
    everything = np.concatenate([g.ravel() for g in grads.values()])
    if not np.all(np.isfinite(everything)):
        return {name: 0 * np.ones_like(g) for name, g in grads.items()}, 0.0
    before = np.linalg.norm(everything)
    bound = limit if how == "value" else np.inf
    clipped = {name: np.maximum(np.minimum(g, bound), -bound) for name, g in grads.items()}
    if how == "norm" and before > limit:
        clipped = {name: g / before * limit for name, g in grads.items()}
    after = np.linalg.norm(np.concatenate([g.ravel() for g in clipped.values()]))
    return clipped, float(after / before) if before else 1.0


@clip.alternative
def clip_by_cases(grads, limit, how):
    """Norms by a loop, entries by masks in copies."""

    def length(arrays):
        return sum(float((g * g).sum()) for g in arrays.values()) ** 0.5

    clipped = {name: np.array(g) for name, g in grads.items()}
    if any(np.isnan(g).any() or np.isinf(g).any() for g in grads.values()):
        for g in clipped.values():
            g[...] = 0
        return clipped, 0
    norm = length(grads)
    for g in clipped.values():
        if how == "norm":
            if norm > limit:
                g *= limit / norm
        else:
            g[g > limit] = limit
            g[g < -limit] = -limit
    return clipped, 1 if norm == 0 else length(clipped) / norm
