"""Answers to exercises of `bptt` that are neither the solution nor in the bank."""

from answers import BY_NAME

from autograder.testing import as_student

BPTT = BY_NAME["bptt"]


def test_answers_that_fit_only_each_other_count_as_well() -> None:
    cell = """
def rnn_cell_backward(dh, cache):
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    return {"x": da @ W_xh.T, "h": da @ W_hh.T, "W": (x.T @ da, h_prev.T @ da, da.sum(axis=0))}
"""
    sequence = """
def rnn_backward_with_output(x, h0, h, do, params):
    grads = {name: 0 for name in params}
    dx, from_right, before = [], 0, [h0, *h]
    for t in reversed(range(len(x))):
        dh = do[t] @ params["W_hy"].T + from_right
        step = rnn_cell_backward(dh, (x[t], before[t], params["W_xh"], params["W_hh"], h[t]))
        dx.insert(0, step["x"])
        from_right = step["h"]
        for name, part in zip(("W_xh", "W_hh", "b_h"), step["W"]):
            grads[name] = grads[name] + part
        grads["W_hy"] = grads["W_hy"] + h[t].T @ do[t]
        grads["b_y"] = grads["b_y"] + do[t].sum(axis=0)
    return grads, np.stack(dx), from_right
"""
    names = BPTT.namespace(rnn_cell_backward=cell, rnn_backward_with_output=sequence)
    verdict = BPTT.hidden.grade(
        "rnn_backward_with_output", as_student(names["rnn_backward_with_output"])
    )
    assert verdict.passed, verdict.text()


def test_the_clipping_of_the_course_library_is_not_an_answer() -> None:
    source = """
def clip_gradients(grads, limit):
    from course_lib.optim import clip_by_norm
    return clip_by_norm(grads, limit)
"""
    assert not BPTT.hidden.grade(
        "clip_gradients", BPTT.student_with("clip_gradients", source)
    ).passed
