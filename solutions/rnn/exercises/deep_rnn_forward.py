"""Exercise 15: layer upon layer."""

import numpy as np

from autograder.testing import Exercise, Sizes, first, sized, unchanged
from course_lib.reference.deep import deep_rnn_forward
from course_lib.reference.rnn import rnn_cell_forward, rnn_forward

from . import Layer, layer


def layers(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> list[Layer]:
    """Draw the weights of L layers, of which the first reads D features."""
    above = {**sizes, "D": sizes["H"]}
    return [layer(rng, shape, above if number else sizes) for number in range(sizes["L"])]


deep = Exercise(
    deep_rnn_forward,
    "h",
    {"L": 3, "T": 4, "N": 3, "D": 2, "H": 5},
    free="caches",
    axes="t n unit",
    scale=0.7,
    draw={"layers": layers},
    views=[first],
    title="Layers",
    equation="eq-rnn-deep",
    section="sec-rnn-deep",
    says="one layer and several layers are right, in any size.",
)
deep.part("one layer", sized("With one layer:", L=1))
deep.part(
    "several layers",
    sized("With several layers:", L=2),
    sized("With more layers:", T=5, N=2, D=4, H=3),
    sized("With several layers, where D = H:", L=2, D=4, H=4),
    weight=2,
)
deep.part(
    "any size",
    sized("For T = 1:", T=1),
    sized("For a single sequence, N = 1:", L=2, N=1, D=3, H=2),
    sized("With L = T = N = D = H:", L=3, T=3, N=3, D=3, H=3),
    unchanged(L=2),
    needs=["several layers"],
)
deep.mistake(
    "every_layer_reads_x",
    "All layers see the input.",
    hint="Every layer reads x in your code. What does the second layer read?",
    swap={"rnn_forward(h,": "rnn_forward(x,"},
)
deep.mistake(
    "one_start_for_all_layers",
    "h0 is the first state.",
    hint="All your layers start from h0[0]. Each has a first state of its own.",
    swap={"h0_layer, *weights": "h0[0], *weights"},
)
deep.mistake(
    "starts_where_the_layer_below_ended",
    "The state is handed up from layer to layer.",
    hint=("A layer starts where the one below it ended. It has a first state of its own in h0."),
    swap={
        ("    cache = []\n"): ("    cache = []\n    h_last = h0[0]\n"),
        "h, layer_cache = rnn_forward(h, h0_layer, *weights)": (
            "h, layer_cache = rnn_forward(h, h_last, *weights)\n        h_last = h[-1]"
        ),
    },
)
deep.mistake(
    "one_set_of_weights_above_the_first",
    "A recurrent network shares its weights.",
    hint=(
        "From the second layer on, all use the same weights. Shared over time is not shared by "
        "layers."
    ),
    swap={
        "zip(h0, layers, strict=True)": "zip(h0, [layers[min(i, 1)] for i in range(len(layers))])"
    },
    spellings=[
        {"zip(h0, layers, strict=True)": "zip(h0, [layers[0]] * len(layers))"},
        {"zip(h0, layers, strict=True)": "zip(h0, [layers[-1]] * len(layers))"},
    ],
)
deep.mistake(
    "leaves_out_the_top_layer",
    "The first layer is the input, so L layers are L - 1 steps.",
    hint="Your top layer is never used: count how many layers are gone through.",
    swap={"zip(h0, layers, strict=True)": "list(zip(h0, layers))[: max(len(layers) - 1, 1)]"},
    spellings=[
        {"zip(h0, layers, strict=True)": "list(zip(h0, layers))[:-1]"},
    ],
)
deep.mistake(
    "gives_all_layers",
    "The states of a deep network are those of its layers.",
    hint="You give the states of all layers. Wanted are those of the top one.",
    swap={
        ("    cache = []\n"): ("    cache, states = [], []\n"),
        "h, layer_cache = rnn_forward(h, h0_layer, *weights)": (
            "h, layer_cache = rnn_forward(h, h0_layer, *weights)\n        states.append(h)"
        ),
        "return h, cache": "return np.stack(states), cache",
    },
)
deep.mistake(
    "hands_up_only_the_last_state",
    "What a layer has learnt is in its last state.",
    hint=(
        "Between two layers only the last state is handed up, again and again. Hand up all of them."
    ),
    swap={
        "h, layer_cache = rnn_forward(h, h0_layer, *weights)": (
            "if cache:\n"
            "            h = np.repeat(h[-1:], len(x), axis=0)\n"
            "        h, layer_cache = rnn_forward(h, h0_layer, *weights)"
        )
    },
)
deep.mistake(
    "weights_from_the_top",
    "The top layer comes first.",
    hint="The layers are gone through from the top. Which of them reads x?",
    swap={"zip(h0, layers, strict=True)": "zip(h0, layers[::-1], strict=True)"},
    spellings=[
        {"zip(h0, layers, strict=True)": "zip(h0[::-1], layers[::-1], strict=True)"},
    ],
)
deep.mistake(
    "first_states_from_the_top",
    "The top layer comes first.",
    hint="The first states stand the wrong way round: h0[0] is the lowest layer's.",
    swap={"zip(h0,": "zip(h0[::-1],"},
)
deep.mistake(
    "layers_start_from_zero",
    "A network begins with an empty memory.",
    hint="Your layers start from zeros. Each has a first state in h0.",
    swap={"h0_layer, *weights": "0 * h0_layer, *weights"},
)
deep.mistake(
    "adds_the_layer_below",
    "What a layer computes is added to what it reads.",
    hint="You add the input of a layer to its states. In the equation it goes into the tanh only.",
    swap={
        "h, layer_cache = rnn_forward(h, h0_layer, *weights)": (
            "above, layer_cache = rnn_forward(h, h0_layer, *weights)\n"
            "        h = above + h if cache else above"
        )
    },
)
deep.mistake(
    "returns_after_one_layer",
    "The return belongs to what was written last.",
    hint="Only the first layer is computed: the return stands inside the loop.",
    swap={"    return h, cache": "        return h, cache"},
    spellings=[{"zip(h0, layers, strict=True)": "list(zip(h0, layers))[:1]"}],
)
deep.mistake(
    "layers_side_by_side",
    "The states of all layers are put together.",
    hint="The states of all layers stand side by side. Wanted are those of the top one.",
    swap={
        "    cache = []\n": "    cache, states = [], []\n",
        "h, layer_cache = rnn_forward(h, h0_layer, *weights)": (
            "h, layer_cache = rnn_forward(h, h0_layer, *weights)\n        states.append(h)"
        ),
        "return h, cache": "return np.concatenate(states, axis=-1), cache",
    },
)
deep.mistake(
    "last_state_of_the_top",
    "The answer is the last state.",
    hint="Only the last state of the top layer comes back. Wanted are its states at every step.",
    swap={"return h, cache": "return h[-1], cache"},
)


@deep.alternative
def layers_by_index(x, h0, layers):
    """A loop with a counter; the cache is a tuple."""
    h, cache = rnn_forward(x, h0[0], *layers[0])
    caches = (cache,)
    for number in range(1, len(layers)):
        W_xh, W_hh, b_h = layers[number]
        h, cache = rnn_forward(h, h0[number], W_xh, W_hh, b_h)
        caches += (cache,)
    return h, caches


@deep.alternative
def all_layers_at_each_step(x, h0, layers):
    """Time outside, layers inside: at each step the whole stack is gone through."""
    states = list(h0)
    h = []
    for x_t in x:
        below = x_t
        for number, weights in enumerate(layers):
            states[number], _ = rnn_cell_forward(below, states[number], *weights)
            below = states[number]
        h.append(below)
    return np.stack(h), []
