"""Exercise 9: gradients that are clipped, or left out."""

import numpy as np

from autograder.testing import Exercise, Inputs, Sizes, first, float32, sized, unchanged
from autograder.testing.cases import Change

Arrays = dict[str, np.ndarray]


def clip_gradients(grads: Arrays, limit: float) -> tuple[Arrays, float]:
    """Clip by the common norm, and compare the norms."""
    norm = norm_of(grads)
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    factor = limit / norm if norm > limit else 1.0
    return {name: factor * g for name, g in grads.items()}, factor


def norm_of(grads: Arrays) -> float:
    """The norm of all gradients together, of which a square may overflow."""
    everything = np.concatenate([g.ravel() for g in grads.values()])
    largest = float(np.abs(everything).max())
    if largest in (0, np.inf) or np.isnan(largest):
        return largest
    return largest * float(np.linalg.norm(everything / largest))


def gradients(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> Arrays:
    """Draw arrays of several shapes."""
    A, B = sizes["A"], sizes["B"]
    shapes = {"W": (A, B), "U": (2, A, 2), "b": (B,)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


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


def enormous(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """Entries that are finite, and their squares are not."""
    return arguments | {"grads": {n: 1e200 * g for n, g in arguments["grads"].items()}}


clip = Exercise(
    clip_gradients,
    "clipped factor",
    {"A": 3, "B": 4},
    draw={"grads": gradients, "limit": lambda rng, shape, sizes: 0.5},
    views=[first],
    title="Clip",
    equation="eq-bptt-clip-norm",
    section="sec-bptt-clipping",
    says="right for long and short gradients, for zeros, NaN, infinity and enormous numbers.",
)
clip.part(
    "a norm above the limit",
    sized("With a norm above the limit:", change=limited(0.1)),
    sized("With a norm just above the limit:", change=limited(0.98)),
    float32(change=limited(0.1)),
    weight=2,
)
clip.part(
    "where nothing is to be done",
    sized("With a norm below the limit:", change=limited(3)),
    sized("With zeros:", zero=["grads"]),
)
clip.part(
    "NaN and infinity",
    *(
        sized(f"With {word} in one entry:", change=holding(value))
        for value, word in ((np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity"))
    ),
    needs=["a norm above the limit"],
)
clip.part(
    "squares that overflow",
    sized("With entries that are finite, and squares that are not:", change=enormous),
    needs=["a norm above the limit"],
)
clip.part("its arguments stay as they are", unchanged(), needs=["a norm above the limit"])

BACK = "    return {name: g * factor for name, g in grads.items()}, factor"
clip.mistake(
    "each_array_by_its_own_norm",
    "Each gradient is clipped by its norm.",
    hint=(
        "All gradients together are one long vector, with one norm. Clipping each array by itself"
        " changes the direction."
    ),
    swap={
        BACK: (
            "    clipped = {name: g * min(1, limit / np.linalg.norm(g)) for name, g in grads.items()}\n"
            "    after = largest * np.linalg.norm([np.linalg.norm(g / largest) for g in clipped.values()])\n"
            "    return clipped, after / norm"
        )
    },
)
clip.mistake(
    "stretches_short_gradients",
    "The norm is set to the limit.",
    hint=(
        "A norm below the limit is no reason to do anything. Yours is stretched up to the limit."
    ),
    swap={"min(limit / norm, 1.0)": "limit / norm"},
)
clip.mistake(
    "norm_without_the_root",
    "The norm is the sum of the squares.",
    hint="The norm is a length. Which step is missing after the sum of the squares?",
    swap={"largest * np.linalg.norm(everything / largest)": ("np.sum(everything**2)")},
)
clip.mistake(
    "squares_that_overflow",
    "A norm that is infinite comes of an entry that is.",
    hint=(
        "The square of 1e200 is too large for a float, and the number itself is not. What can be"
        " taken out of the root first?"
    ),
    swap={"largest * np.linalg.norm(everything / largest)": ("np.sqrt(np.sum(everything**2))")},
    spellings=[
        {
            "if not np.isfinite(everything).all()": (
                "norm = np.sqrt(np.sum(everything**2))\n    if not np.isfinite(norm)"
            )
        }
    ],
)
clip.mistake(
    "lets_nan_through",
    "Clipping takes care of everything that is too large.",
    hint=(
        "An entry that is NaN or infinite must not reach the parameters. What are your gradients "
        "then, and what is the factor?"
    ),
    swap={"if not np.isfinite(everything).all()": "if False"},
    spellings=[
        {
            "if not np.isfinite(everything).all()": "if False",
            "largest * np.linalg.norm(everything / largest)": ("np.sqrt(np.sum(everything**2))"),
        }
    ],
)
clip.mistake(
    "looks_for_nan_only",
    "What is no number is NaN.",
    hint="Infinity is no number to go on with either. Does your test see it?",
    swap={"not np.isfinite(everything).all()": "np.isnan(everything).any()"},
)
clip.mistake(
    "replaces_only_the_bad_entries",
    "Each NaN becomes 0, the rest is clipped as usual.",
    hint=(
        "If one entry is NaN or infinite, the others cannot be trusted either: the whole step is "
        "left out."
    ),
    swap={
        "    everything = ": (
            "    grads = {name: np.where(np.isfinite(g), g, 0.0) for name, g in grads.items()}\n"
            "    everything = "
        )
    },
)
clip.mistake(
    "the_step_is_kept_with_a_factor_of_0",
    "The factor says that the step is left out.",
    hint="Where the step is left out, the gradients are zeros. What do yours hold?",
    swap={"np.zeros_like(g) for": "g.copy() for"},
)
clip.mistake(
    "gives_the_norm_for_the_factor",
    "Beside the gradients the norm is given back, as the library does.",
    hint=(
        "The second result is not a norm, but a quotient of two of them: what is left, between 0 "
        "and 1."
    ),
    swap={BACK: BACK.replace(", factor", ", norm")},
)
clip.mistake(
    "zero_over_zero",
    "The factor is the quotient of the norms.",
    hint="Gradients that are all 0 have the norm 0. What does your division make of that?",
    swap={
        "    if largest == 0:\n"
        "        return {name: g.copy() for name, g in grads.items()}, 1.0\n": "",
        "factor = min(limit / norm, 1.0)": (
            "after = np.minimum(norm, limit)\n    factor = after / norm"
        ),
    },
)
clip.mistake(
    "by_the_largest_entry",
    "The norm is the largest entry.",
    hint=(
        "You compare the largest single entry with the limit. The norm takes all entries together."
    ),
    swap={"limit / norm": "limit / largest"},
)
clip.mistake(
    "clips_in_place",
    "The gradients are replaced by the clipped ones.",
    hint=("The gradients of whoever called you have changed. Let the clipped ones be new arrays."),
    swap={
        BACK: ("    for g in grads.values():\n        g *= factor\n    return grads, float(factor)")
    },
)
clip.mistake(
    "clips_entry_by_entry",
    "Each entry that is too large becomes the limit.",
    hint="You clip each entry by itself. Here all gradients are multiplied by the same number.",
    swap={
        "    return {name: g * factor for name, g in grads.items()}, factor": "    clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}\n    after = largest * np.linalg.norm([np.linalg.norm(g / largest) for g in clipped.values()])\n    return clipped, after / norm"
    },
    spellings=[
        {
            "    return {name: g * factor for name, g in grads.items()}, factor": "    clipped = {name: np.minimum(g, limit) for name, g in grads.items()}\n    after = largest * np.linalg.norm([np.linalg.norm(g / largest) for g in clipped.values()])\n    return clipped, after / norm"
        },
        {
            "    return {name: g * factor for name, g in grads.items()}, factor": "    return {name: np.clip(g, -limit, limit) for name, g in grads.items()}, factor"
        },
    ],
)
clip.mistake(
    "the_factor_upside_down",
    "The factor is before over after.",
    hint="The factor says what is left: the norm after over the norm before, from 0 to 1.",
    swap={
        "    return {name: g * factor for name, g in grads.items()}, factor": "    return {name: g * factor for name, g in grads.items()}, 1 / factor"
    },
    spellings=[{"min(limit / norm, 1.0)": "max(norm / limit, 1.0)", "g * factor": "g / factor"}],
)
clip.mistake(
    "gives_the_norm_that_is_left",
    "The factor is the norm afterwards.",
    hint="The second result is a quotient of two norms. You give one norm alone.",
    swap={
        "    return {name: g * factor for name, g in grads.items()}, factor": "    return {name: g * factor for name, g in grads.items()}, min(norm, limit)"
    },
    spellings=[
        {
            "    return {name: g * factor for name, g in grads.items()}, factor": "    return {name: g * factor for name, g in grads.items()}, factor * norm"
        }
    ],
)
clip.mistake(
    "zeros_count_as_left_out",
    "Where nothing is left, the factor is 0.",
    hint=(
        "Zeros are gradients like others: nothing is taken away from them. What is the factor then?"
    ),
    swap={
        "g.copy() for name, g in grads.items()}, 1.0": "g.copy() for name, g in grads.items()}, 0.0"
    },
    spellings=[
        {
            "    if not np.isfinite(everything).all():": "    if not np.isfinite(everything).all() or not everything.any():"
        }
    ],
)
clip.mistake(
    "zero_times_nan",
    "Times 0 is 0.",
    hint="NaN times 0 is NaN. How do you get zeros for certain?",
    swap={"np.zeros_like(g)": "g * 0"},
)
clip.mistake(
    "the_root_of_the_mean",
    "The norm is the root of the mean square.",
    hint="Is there a mean under the root of the equation?",
    swap={
        "largest * np.linalg.norm(everything / largest)": "largest * np.linalg.norm(everything / largest) / np.sqrt(everything.size)"
    },
)
clip.mistake(
    "multiplies_by_the_limit",
    "Clipped is: times the limit.",
    hint="You multiply by the limit. By which number does the norm become the limit?",
    swap={"min(limit / norm, 1.0)": "(limit if norm > limit else 1.0)"},
)
clip.mistake(
    "adds_up_the_norms",
    "The norm of all is the sum of the norms of each.",
    hint="Norms do not add up: one long vector has one norm, with one root.",
    swap={
        "largest * np.linalg.norm(everything / largest)": "sum(largest * np.linalg.norm(g / largest) for g in grads.values())"
    },
    spellings=[
        {"largest * np.linalg.norm(everything / largest)": "np.abs(everything).sum()"},
        {
            "largest * np.linalg.norm(everything / largest)": "max(largest * np.linalg.norm(g / largest) for g in grads.values())"
        },
    ],
)
clip.mistake(
    "the_factor_stays_one",
    "What comes back has been clipped, so the factor is 1.",
    hint="How much of the norm is left where you clip? Your factor is the same in every case.",
    swap={
        "    return {name: g * factor for name, g in grads.items()}, factor": "    return {name: g * factor for name, g in grads.items()}, 1.0"
    },
    spellings=[
        {
            "    return {name: g * factor for name, g in grads.items()}, factor": "    return {name: g * factor for name, g in grads.items()}, limit"
        }
    ],
)
clip.mistake(
    "the_condition_the_other_way_round",
    "Short gradients are to be clipped.",
    hint=(
        "What is done where the norm is above the limit, and what where it is below? You have "
        "it the other way round."
    ),
    swap={"min(limit / norm, 1.0)": "max(limit / norm, 1.0)"},
)
clip.mistake(
    "a_small_number_beside_the_norm",
    "A small number keeps the division safe.",
    hint=(
        "The norm is to become the limit, and not nearly so. Zeros have a line of their own; "
        "what else do you add to the norm for?"
    ),
    swap={"limit / norm": "limit / (norm + 1e-6)"},
    spellings=[
        {"limit / norm": "limit / (norm + 1e-5)"},
        {"limit / norm": "limit / (norm + 1e-4)"},
        {"limit / norm": "limit / (norm + 1e-3)"},
    ],
)
clip.mistake(
    "left_out_with_another_factor",
    "What is left out has been left as it is.",
    hint="Where the step is left out, nothing is left of the norm. Which factor says that?",
    swap={
        "np.zeros_like(g) for name, g in grads.items()}, 0.0": "np.zeros_like(g) for name, g in grads.items()}, 1.0"
    },
    spellings=[
        {
            "np.zeros_like(g) for name, g in grads.items()}, 0.0": "np.zeros_like(g) for name, g in grads.items()}, np.nan"
        }
    ],
)
clip.mistake(
    "only_the_bad_array_is_left_out",
    "Each array stands for itself.",
    hint="If one entry is NaN or infinite, all arrays become zeros, and not only its own.",
    swap={
        "np.zeros_like(g) for name, g in grads.items()}, 0.0": "g if np.isfinite(g).all() else np.zeros_like(g) for name, g in grads.items()}, 0.0"
    },
)
clip.mistake(
    "raises_where_the_step_is_left_out",
    "NaN is an error.",
    hint=(
        "The step is left out, and the program goes on: zeros come back, and no exception, no None."
    ),
    swap={
        "        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0\n": '        raise ValueError("not finite")\n'
    },
    spellings=[
        {
            "        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0\n": "        return None\n"
        },
        {
            "        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0\n": "        return {}, 0.0\n"
        },
    ],
)
clip.mistake(
    "never_clips",
    "The norm is below the limit.",
    hint="Your gradients come back as they were, whatever their norm is.",
    swap={"min(limit / norm, 1.0)": "1.0"},
    spellings=[{"g * factor for": "g for"}],
)
clip.mistake(
    "the_factor_twice",
    "The gradients are clipped, and then multiplied.",
    hint=(
        "The norm of what comes back is not the limit: the factor has been used more than "
        "once, or squared."
    ),
    swap={"g * factor for": "g * factor * factor for"},
    spellings=[
        {"min(limit / norm, 1.0)": "min(limit / norm, 1.0) ** 0.5"},
        {"min(limit / norm, 1.0)": "min(limit**2 / norm, 1.0)"},
    ],
)
clip.mistake(
    "the_largest_is_not_multiplied_back",
    "Everything is divided by the largest.",
    hint="You divide by the largest before you square. What has to be done with the root?",
    swap={"largest * np.linalg.norm(everything / largest)": "np.linalg.norm(everything / largest)"},
    spellings=[
        {
            "largest * np.linalg.norm(everything / largest)": "largest**2 * np.linalg.norm(everything / largest)"
        }
    ],
)
clip.mistake(
    "looks_for_infinity_only",
    "What is no number is infinite.",
    hint="NaN is neither finite nor infinite. Does your test see it?",
    swap={"not np.isfinite(everything).all()": "np.isinf(everything).any()"},
)
clip.mistake(
    "takes_the_surplus_away",
    "Clipping takes away what is too much.",
    hint="Each gradient is multiplied by the same number, so that the direction stays. What do you do?",
    swap={"g * factor for": "g - np.sign(g) * max(norm - limit, 0) for"},
    spellings=[{"g * factor for": "g - max(norm - limit, 0) for"}],
)
clip.mistake(
    "divides_by_the_norm_twice",
    "First the length becomes 1, then the factor comes.",
    hint="The factor has the norm in it already.",
    swap={"g * factor for": "g / norm * factor for"},
    spellings=[{"g * factor for": "g / norm for"}],
)
clip.mistake(
    "a_mean_of_norms",
    "The norms of the arrays are averaged.",
    hint="One long vector has one norm. Do you take a mean over the arrays?",
    swap={
        "largest * np.linalg.norm(everything / largest)": "np.mean([largest * np.linalg.norm(g / largest) for g in grads.values()])"
    },
)


@clip.alternative
def clip_array_by_array(grads, limit):
    """No long vector: the largest entry of each array, and the sum of the squares of each."""
    if not all(np.isfinite(g).all() for g in grads.values()):
        return {name: 0 * np.ones_like(g) for name, g in grads.items()}, 0.0
    largest = max(np.max(np.abs(g)) for g in grads.values()) or 1.0
    norm = largest * np.sqrt(sum(np.sum((g / largest) ** 2) for g in grads.values()))
    if norm <= limit:
        return {name: +g for name, g in grads.items()}, 1.0
    return {name: g / norm * limit for name, g in grads.items()}, float(limit / norm)
