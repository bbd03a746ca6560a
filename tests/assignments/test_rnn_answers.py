"""Answers to exercises of `rnn` that are neither the solution nor in the bank."""

from answers import BY_NAME

from autograder.testing import as_student

RNN = BY_NAME["rnn"]


def test_answers_that_fit_only_each_other_count_as_well() -> None:
    cell = """
def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
"""
    sequence = """
def rnn_forward(x, h0, W_xh, W_hh, b_h):
    h, cache = [h0], []
    for x_t in x:
        h.append(rnn_cell_forward(x_t, h[-1], W_xh, W_hh, b_h))
        cache.append((x_t, h[-2], W_xh, W_hh, h[-1]))
    return np.stack(h[1:]), cache
"""
    names = RNN.namespace(rnn_cell_forward=cell, rnn_forward=sequence)
    assert RNN.hidden.grade("rnn_forward", as_student(names["rnn_forward"])).passed


def test_two_mistakes_at_once_are_named_by_the_one_in_the_state() -> None:
    source = """
def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):
    h = np.tanh(x @ W_xh + h_prev @ W_hh)
    return h, {"what": "ever"}
"""
    verdict = RNN.hidden.grade("rnn_cell_forward", RNN.student_with("rnn_cell_forward", source))
    assert verdict.mistake == "forgets_bias"


def test_another_mistake_in_the_cache_is_not_named() -> None:
    source = """
def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):
    h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return h, (W_xh, W_hh, b_h, h)
"""
    verdict = RNN.hidden.grade("rnn_cell_forward", RNN.student_with("rnn_cell_forward", source))
    assert not verdict.passed
    assert verdict.mistake is None


def test_weights_that_add_the_same_wrong_way_are_named() -> None:
    source = """
def adder_weights():
    return {
        "W_xh": np.full((2, 4), 70.0),
        "W_hh": np.zeros((4, 4)),
        "b_h": np.array([-30.0, -110.0, 5.0, -400.0]),
        "W_hy": np.array([[4.0], [-4.0], [0.0], [0.0]]),
        "b_y": np.array([0.1]),
    }
"""
    verdict = RNN.hidden.grade("adder_weights", RNN.student_with("adder_weights", source))
    assert verdict.mistake == "adds_without_carry"
