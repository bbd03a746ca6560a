"""A recurrent language model: how likely a sentence is, and drawing one (book/rnn/language-model).

The model reads the word before and predicts the next: x_1 = 0, h_0 = 0, x_{t+1} = one_hot(ids[t]).
`params` holds W_xh (V, H), W_hh (H, H), b_h (H,), W_hy (H, V), b_y (V,).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.losses import log_softmax, softmax
from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_cell_forward, rnn_forward
from course_lib.reference.vocabulary import one_hot
from course_lib.shapes import checked

Params = Mapping[str, np.ndarray]


@checked
def next_word_scores(x: Float[np.ndarray, "T N V"], params: Params) -> Float[np.ndarray, "T N V"]:
    """The scores o of the next word at every step, from the state h_0 = 0."""
    h0 = np.zeros((x.shape[1], len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    return output_forward(h, params["W_hy"], params["b_y"])[0]


@checked
def sentence_log_prob(ids: Integer[np.ndarray, " T"], params: Params) -> float:
    """log P(w_1 ... w_T) by the chain rule: the sum over t of log p(w_t | w_1 ... w_{t-1}).

    `ids` should end in EOS: the probability that the sentence ends here is a factor too.
    """
    if len(ids) == 0:
        raise ValueError("ids: a sentence has at least its end mark, got no token")
    V = len(params["W_xh"])
    x = np.zeros((len(ids), 1, V))
    x[1:, 0] = one_hot(ids, V)[:-1]
    log_p = log_softmax(next_word_scores(x, params))[:, 0]
    return float(log_p[np.arange(len(ids)), ids].sum())


def perplexity(sentences: Sequence[Integer[np.ndarray, " _"]], params: Params) -> float:
    """exp(-log-probability per token): among how many words the model hesitates on average."""
    if len(sentences) == 0:
        raise ValueError("sentences: expected at least one")
    tokens = sum(len(ids) for ids in sentences)
    return float(np.exp(-sum(sentence_log_prob(ids, params) for ids in sentences) / tokens))


@checked
def sample_sequence(
    params: Params,
    uniforms: Float[np.ndarray, " T_max"],
    temperature: float = 1.0,
    eos: int = 0,
) -> Integer[np.ndarray, " T"]:
    """Draw word after word until EOS, which is kept, or until `uniforms` (numbers in [0, 1)) are
    used up.

    Step t draws from p = softmax(o_t / temperature) by its inverse distribution function: the first
    word whose cumulative probability exceeds uniforms[t].
    """
    if temperature <= 0:
        raise ValueError(f"temperature: {temperature}, expected a positive number")
    if np.any((uniforms < 0) | (uniforms >= 1)):
        raise ValueError("uniforms: must lie in [0, 1)")
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        cumulative = np.cumsum(softmax(o / temperature)[0])
        # Rounding may leave the last sum just below 1, and u above it.
        ids.append(min(int(np.searchsorted(cumulative, u, side="right")), V - 1))
        if ids[-1] == eos:
            break
        x = one_hot(np.array([ids[-1]]), V)
    return np.array(ids, dtype=int)
