"""A recurrent language model: how likely a sentence is, and drawing one (book/rnn/language-model).

The model reads the word before and predicts the next: x_1 = 0, h_0 = 0, x_{t+1} = one_hot(ids[t]).
`params` holds W_xh (V, H), W_hh (H, H), b_h (H,), W_hy (H, V), b_y (V,).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.bptt import pick
from course_lib.reference.losses import log_softmax, softmax
from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_cell_forward, rnn_forward
from course_lib.reference.vocabulary import one_hot
from course_lib.shapes import checked

Params = Mapping[str, np.ndarray]


@checked
def next_word_scores(
    x: Float[np.ndarray, "T N V"], params: Params, h0: Float[np.ndarray, "N H"] | None = None
) -> Float[np.ndarray, "T N V"]:
    """The scores o of the next word at every step, from the state h0; 0 if it is left out."""
    W_xh, W_hh, b_h, W_hy, b_y = pick(params)
    h0 = np.zeros((x.shape[1], len(W_hh))) if h0 is None else h0
    h, _ = rnn_forward(x, h0, W_xh, W_hh, b_h)
    return output_forward(h, W_hy, b_y)[0]


@checked
def sentence_log_prob(
    ids: Integer[np.ndarray, " T"], params: Params, h0: Float[np.ndarray, "1 H"] | None = None
) -> float:
    """log P(w_1 ... w_T) by the chain rule: the sum over t of log p(w_t | w_1 ... w_{t-1}).

    `ids` should end in EOS: the probability that the sentence ends here is a factor too. The start
    state h0 (1, H) is 0 if it is left out.
    """
    if len(ids) == 0:
        raise ValueError("ids: a sentence has at least its end mark, got no token")
    V = len(pick(params)[0])
    x = np.zeros((len(ids), 1, V))
    x[1:, 0] = one_hot(ids, V)[:-1]
    log_p = log_softmax(next_word_scores(x, params, h0))[:, 0]
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
    h0: Float[np.ndarray, "1 H"] | None = None,
) -> Integer[np.ndarray, " T"]:
    """Draw word after word until EOS, which is kept, or until `uniforms` (numbers in [0, 1)) are
    used up. The start state h0 (1, H) is 0 if it is left out.

    Step t draws from p = softmax(o_t / temperature) by its inverse distribution function: the first
    word whose cumulative probability exceeds uniforms[t]. Raises ValueError for a temperature that
    is not positive, uniforms outside [0, 1), parameters that are missing, and scores that are nan.
    """
    if not temperature > 0:
        raise ValueError(f"temperature: {temperature}, expected a positive number")
    if not np.all((uniforms >= 0) & (uniforms < 1)):
        raise ValueError("uniforms: must lie in [0, 1)")
    W_xh, W_hh, b_h, W_hy, b_y = pick(params)
    V, H = W_xh.shape
    x, ids = np.zeros((1, V)), list[int]()
    h = np.zeros((1, H)) if h0 is None else h0
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, W_xh, W_hh, b_h)
        o, _ = output_forward(h, W_hy, b_y)
        cumulative = np.cumsum(softmax(o / temperature)[0])
        if np.isnan(cumulative[-1]):
            raise ValueError(f"params: the scores of word {len(ids)} are nan or infinite")
        # Rounding may leave the last sum just below 1, and u above it.
        ids.append(min(int(np.searchsorted(cumulative, u, side="right")), V - 1))
        if ids[-1] == eos:
            break
        x = one_hot(np.array([ids[-1]]), V)
    return np.array(ids, dtype=int)
