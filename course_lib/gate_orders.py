"""The weights of an LSTM as other programs keep them: another order of the gates, other shapes.

Here W_x is (D, 4H), W_h (H, 4H) and b (4H,), with the gates in the order i, f, g, o. The letters
are the same everywhere below: i input gate, f forget gate, g candidate, o output gate. Keras and
ONNX write c for g, and Andrew Ng's notes write Γ_u, Γ_f, c tilde, Γ_o for i, f, g, o.
"""

from collections.abc import Mapping

import numpy as np

#: Who packs the gates in which order.
ORDERS = {"PyTorch": "ifgo", "Keras": "ifgo", "ONNX": "iofg", "CS231n": "ifog"}
#: The order of the peepholes: of our p (3H,), and of ONNX's P.
PEEPHOLES = {"here": "ifo", "ONNX": "iof"}

#: W_x, W_h, b.
Weights = tuple[np.ndarray, np.ndarray, np.ndarray]


def reorder(packed: np.ndarray, source: str, target: str) -> np.ndarray:
    """Put the parts that lie side by side in the last axis of `packed` into another order.

    Args:
        packed: an array (..., k H) of k parts, such as W_x, W_h or b.
        source: the order of its parts, a letter each, such as "ifgo".
        target: the order wanted.

    Returns:
        A new array of the same shape.

    Raises:
        ValueError: if the letters are not the same, or the last axis has no such parts.
    """
    if sorted(source) != sorted(target) or len(set(source)) != len(source):
        raise ValueError(f"target: {target!r}, expected the letters of {source!r} in some order")
    if packed.shape[-1] % len(source):
        raise ValueError(f"packed: shape {packed.shape}, expected {len(source)} equal parts")
    parts = dict(zip(source, np.split(packed, len(source), axis=-1), strict=True))
    return np.concatenate([parts[letter] for letter in target], axis=-1)


def to_pytorch(W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    """weight_ih_l0 (4H, D), weight_hh_l0 (4H, H), bias_ih_l0, bias_hh_l0 (4H,), as in the
    `state_dict` of `torch.nn.LSTM`. PyTorch adds its two biases; the second one is 0 here.
    """
    _require_weights(W_x, W_h, b)
    return {
        "weight_ih_l0": W_x.T.copy(),
        "weight_hh_l0": W_h.T.copy(),
        "bias_ih_l0": b.copy(),
        "bias_hh_l0": np.zeros_like(b),
    }


def from_pytorch(parameters: Mapping[str, np.ndarray]) -> Weights:
    """W_x, W_h, b from arrays named as in `to_pytorch`."""
    W_ih, W_hh, b_ih, b_hh = (
        parameters[name] for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    )
    return W_ih.T.copy(), W_hh.T.copy(), b_ih + b_hh


def to_keras(W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """kernel (D, 4H), recurrent_kernel (H, 4H), bias (4H,), for `keras.layers.LSTM.set_weights`.

    The shapes and the order are those used here.
    """
    _require_weights(W_x, W_h, b)
    return [W_x.copy(), W_h.copy(), b.copy()]


def from_keras(weights: list[np.ndarray]) -> Weights:
    """W_x, W_h, b from the `get_weights` of a `keras.layers.LSTM`."""
    kernel, recurrent_kernel, bias = weights
    return kernel.copy(), recurrent_kernel.copy(), bias.copy()


def to_onnx(
    W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray, p: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """W (1, 4H, D), R (1, 4H, H), B (1, 8H) and, with peepholes p (3H,), P (1, 3H): the inputs of
    ONNX's operator LSTM for one direction. B holds two biases, which are added; the second is 0.
    """
    _require_weights(W_x, W_h, b)
    W, R, b = (reorder(packed, "ifgo", ORDERS["ONNX"]) for packed in (W_x, W_h, b))
    inputs = {"W": W.T[None], "R": R.T[None], "B": np.concatenate([b, np.zeros_like(b)])[None]}
    if p is not None:
        inputs["P"] = reorder(p, PEEPHOLES["here"], PEEPHOLES["ONNX"])[None]
    return inputs


def from_onnx(inputs: Mapping[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """W_x, W_h, b, and p if there is a P, from inputs named as in `to_onnx`."""
    order = ORDERS["ONNX"]
    b, second = np.split(inputs["B"][0], 2)
    packed = (inputs["W"][0].T, inputs["R"][0].T, b + second)
    weights = tuple(reorder(part, order, "ifgo") for part in packed)
    if "P" in inputs:
        weights += (reorder(inputs["P"][0], PEEPHOLES["ONNX"], PEEPHOLES["here"]),)
    return weights


def to_cs231n(W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray) -> Weights:
    """Wx (D, 4H), Wh (H, 4H), b (4H,) of the assignment of Stanford's CS231n."""
    _require_weights(W_x, W_h, b)
    Wx, Wh, b = (reorder(packed, "ifgo", ORDERS["CS231n"]) for packed in (W_x, W_h, b))
    return Wx, Wh, b


def from_cs231n(Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray) -> Weights:
    """W_x, W_h, b from the weights of `to_cs231n`."""
    _require_weights(Wx, Wh, b)
    W_x, W_h, b = (reorder(packed, ORDERS["CS231n"], "ifgo") for packed in (Wx, Wh, b))
    return W_x, W_h, b


def to_concatenated(W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    """W_u, W_f, W_c, W_o (H, H + D) and b_u, b_f, b_c, b_o (H, 1), of Andrew Ng's notes, where
    Γ_u = σ(W_u [a, x] + b_u) with columns a (the state before) and x, one above the other.
    """
    _require_weights(W_x, W_h, b)
    W = np.concatenate([W_h, W_x]).T
    named: dict[str, np.ndarray] = {}
    for letter, W_part, b_part in zip("ufco", np.split(W, 4), np.split(b, 4), strict=True):
        named |= {f"W_{letter}": W_part.copy(), f"b_{letter}": b_part[:, None].copy()}
    return named


def from_concatenated(weights: Mapping[str, np.ndarray]) -> Weights:
    """W_x, W_h, b from weights named as in `to_concatenated`."""
    W = np.concatenate([weights[f"W_{letter}"] for letter in "ufco"]).T
    b = np.concatenate([weights[f"b_{letter}"][:, 0] for letter in "ufco"])
    H = len(b) // 4
    return W[H:].copy(), W[:H].copy(), b


def _require_weights(W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray) -> None:
    H = len(W_h)
    for name, array, expected in (
        ("W_x", W_x, (len(W_x), 4 * H)),
        ("W_h", W_h, (H, 4 * H)),
        ("b", b, (4 * H,)),
    ):
        if array.shape != expected:
            raise ValueError(f"{name}: shape {array.shape}, expected {expected}")
