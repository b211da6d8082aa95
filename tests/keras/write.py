"""Write the configurations beside this file anew, with Keras: `KERAS_BACKEND=torch python tests/keras/write.py`."""

from __future__ import annotations

import json
from pathlib import Path

import keras
from keras import layers as of
from keras import ops


def lenet():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            of.Conv2D(6, 5, padding="same", activation="tanh", name="c1"),
            of.AveragePooling2D(2, name="s2"),
            of.Conv2D(16, 5, activation="tanh", name="c3"),
            of.AveragePooling2D(2, name="s4"),
            of.Flatten(name="flat"),
            of.Dense(120, activation="tanh", name="c5"),
            of.Dense(84, activation="tanh", name="f6"),
            of.Dense(10, activation="softmax", name="scores"),
        ],
        name="lenet",
    )


def residual():
    """Two blocks as in ResNet, with what squeezes and excites; height and width are open."""
    x = image = keras.Input((None, None, 3), name="image")
    x = of.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(x)
    x = of.BatchNormalization(name="stem_bn")(x)
    x = of.ReLU(name="stem_relu")(x)
    for i in (1, 2, 3):
        y = of.Conv2D(8, 3, padding="same", use_bias=False, name=f"block{i}_conv")(x)
        y = of.BatchNormalization(name=f"block{i}_bn")(y)
        y = of.ReLU(name=f"block{i}_relu")(y)
        gate = of.GlobalAveragePooling2D(keepdims=True, name=f"block{i}_squeeze")(y)
        gate = of.Conv2D(8, 1, name=f"block{i}_excite")(gate)
        gate = ops.relu6(gate + 3.0) * (1 / 6)
        y = of.Multiply(name=f"block{i}_gate")([y, gate])
        x = of.Add(name=f"block{i}_add")([x, y])
    x = of.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, of.Dense(10, name="scores")(x), name="residual")


def text():
    """Tokens through a recurrence from both ends, and attention."""
    tokens = keras.Input((12,), dtype="int32", name="tokens")
    x = of.Embedding(100, 16, name="embed")(tokens)
    x = of.Bidirectional(of.LSTM(8, return_sequences=True), name="both")(x)
    y = of.MultiHeadAttention(2, 8, name="attend")(x, x)
    x = of.LayerNormalization(name="norm")(of.Add(name="sum")([x, y]))
    return keras.Model(tokens, of.Dense(3, name="scores")(x[:, 0]), name="text")


def shared():
    """One model inside another, applied twice, frozen in part."""
    inside = keras.Sequential(
        [keras.Input((8,)), of.Dense(4, activation="relu"), of.BatchNormalization()], name="twin"
    )
    inside.layers[1].trainable = False
    one, other = keras.Input((8,), name="one"), keras.Input((8,), name="other")
    return keras.Model([one, other], of.Subtract(name="apart")([inside(one), inside(other)]), name="shared")


if __name__ == "__main__":
    for make in (lenet, residual, text, shared):
        path = Path(__file__).with_name(f"{make.__name__}.json")
        path.write_text(
            json.dumps(json.loads(make().to_json()), separators=(",", ":")) + "\n", encoding="utf-8"
        )
