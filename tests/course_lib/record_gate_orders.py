"""Record what LSTMs of Keras and of ONNX Runtime compute from weights in their own order.

    python tests/course_lib/record_gate_orders.py

writes gate_orders.json beside itself. It needs keras, jax, onnx and onnxruntime, which nothing else
here does: run it in an environment of its own, when one of them changes what it does.
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

T, N, D, H = 3, 2, 2, 3


def draw(seed, **shapes):
    """Multiples of 1/64, which are the same numbers in float32."""
    rng = np.random.default_rng(seed)
    return {name: np.round(64 * rng.normal(size=shape)) / 64 for name, shape in shapes.items()}


def record_keras():
    inputs = draw(0, x=(T, N, D), h0=(N, H), c0=(N, H))
    weights = draw(1, kernel=(D, 4 * H), recurrent_kernel=(H, 4 * H), bias=(4 * H,))
    layer = keras.layers.LSTM(H, return_sequences=True)
    layer.build((N, T, D))
    layer.set_weights(list(weights.values()))
    start = [inputs["h0"], inputs["c0"]]
    h = np.asarray(layer(inputs["x"].swapaxes(0, 1), initial_state=start)).swapaxes(0, 1)
    return {"version": keras.__version__, **inputs, **weights, "h": h}


def record_onnx():
    inputs = draw(2, x=(T, N, D), h0=(N, H), c0=(N, H))
    weights = draw(3, W=(1, 4 * H, D), R=(1, 4 * H, H), B=(1, 8 * H), P=(1, 3 * H))
    feeds = {
        "X": inputs["x"],
        "initial_h": inputs["h0"][None],
        "initial_c": inputs["c0"][None],
        **weights,
    }
    recorded = {"version": onnxruntime.__version__, **inputs, **weights}
    for result, peepholes in (("h", ""), ("h_with_peepholes", "P")):
        names = ["X", "W", "R", "B", "", "initial_h", "initial_c", peepholes]
        node = helper.make_node("LSTM", names, ["Y"], hidden_size=H)
        used = [name for name in names if name]
        values = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, feeds[name].shape)
            for name in used
        ]
        Y = helper.make_tensor_value_info("Y", TensorProto.FLOAT, (T, 1, N, H))
        graph = helper.make_graph([node], "lstm", values, [Y])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        session = onnxruntime.InferenceSession(model.SerializeToString())
        (Y,) = session.run(None, {name: feeds[name].astype(np.float32) for name in used})
        recorded[result] = Y[:, 0]
    return recorded


def plain(recorded):
    return {
        name: value if isinstance(value, str) else value.tolist()
        for name, value in recorded.items()
    }


if __name__ == "__main__":
    recordings = {"keras": plain(record_keras()), "onnx": plain(record_onnx())}
    text = json.dumps(recordings, indent=None, separators=(",", ": ")).replace('"x"', '\n"x"')
    Path(__file__).with_name("gate_orders.json").write_text(text + "\n", encoding="utf-8")
