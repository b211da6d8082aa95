"""Feed damaged ONNX files to the reader: each is a network, or one clear error.

    pip install atheris onnx
    python tests/fuzz/onnx_files.py corpus -runs=1000000 -max_len=512

Not run by pytest. What it found is replayed by `test_onnx.py`.
"""

from __future__ import annotations

import sys
from math import prod
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["archcalc.convert.onnx"]):
    from archcalc.convert.onnx.file import parsed
    from archcalc.convert.onnx.reader import Reader
from archcalc.errors import ArchcalcError


def read(data: bytes) -> None:
    """What `archcalc report` does with a file; the spec is written of one in 64, which takes most of the time."""
    try:
        draft = Reader(parsed(data), "model.onnx", {}).draft()
        if sum(data) % 64 == 0:
            draft.written()
    except ArchcalcError as error:
        assert str(error).strip()


def seed(folder: Path) -> None:
    """Small files to begin with, of a node or two each."""
    from onnx import TensorProto, helper
    from onnx.helper import make_node as node

    folder.mkdir(exist_ok=True)

    def floats(name: str, *dims: int) -> object:
        return helper.make_tensor(name, TensorProto.FLOAT, dims, b"\0\0\0\x3f" * prod(dims), raw=True)

    def ints(name: str, *values: int) -> object:
        return helper.make_tensor(name, TensorProto.INT64, [len(values)], values)

    maps, tokens, words = ["N", 2, 8, 8], [1, 3, 4], ["N", 3]
    then = helper.make_graph([node("Relu", ["x"], ["z"])], "t", [], [])
    parts = {
        "conv": (maps, [node("Conv", ["x", "w", "b"], ["a"], pads=[1] * 4, name="/s/Conv"), node("Relu", ["a"], ["y"])],
                 [floats("w", 2, 1, 3, 3), floats("b", 2)]),
        "pool": (maps, [node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2])], []),
        "spread": (maps, [node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2])], [floats("w", 2, 1, 2, 2)]),
        "gemm": (["N", 4], [node("Gemm", ["x", "w", "b"], ["y"], transB=1)], [floats("w", 3, 4), floats("b", 3)]),
        "norm": (maps, [node("BatchNormalization", ["x", "b", "b", "b", "b"], ["y"])], [floats("b", 2)]),
        "shape": (maps, [node("Shape", ["x"], ["s"]), node("Gather", ["s", "i"], ["g"]),
                         node("Concat", ["g", "r"], ["c"], axis=0), node("Reshape", ["x", "c"], ["y"])],
                  [ints("i", 0), ints("r", -1)]),
        "words": (words, [node("Gather", ["t", "x"], ["y"])], [floats("t", 5, 2)]),
        "matmul": (tokens, [node("MatMul", ["x", "w"], ["a"]), node("Add", ["b", "a"], ["y"])], [floats("w", 4, 2), floats("b", 2)]),
        "turn": (tokens, [node("Transpose", ["x"], ["a"], perm=[0, 2, 1]), node("MatMul", ["x", "a"], ["b"]),
                          node("Softmax", ["b"], ["y"])], []),
        "slice": (tokens, [node("Slice", ["x", "i", "j", "j"], ["y"])], [ints("i", 0), ints("j", 2)]),
        "split": (tokens, [node("Split", ["x"], ["a", "b"], axis=2), node("Concat", ["b", "a"], ["y"], axis=2)], []),
        "mean": (tokens, [node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=0)], []),
        "scale": (tokens, [node("Mul", ["x", "w"], ["a"]), node("Erf", ["a"], ["y"])], [floats("w", 1)]),
        "state": ([4, 1, 3], [node("LSTM", ["x", "w", "r"], ["a", "y"], hidden_size=2)], [floats("w", 1, 8, 3), floats("r", 1, 8, 2)]),
        "size": (maps, [node("Resize", ["x", "", "", "s"], ["y"])], [ints("s", 1, 2, 16, 16)]),
        "spell": (tokens, [node("Einsum", ["x", "x"], ["y"], equation="abc,abd->acd")], []),
        "fill": (tokens, [node("ConstantOfShape", ["i"], ["a"]), node("Range", ["i", "i", "i"], ["b"]),
                          node("Expand", ["a", "b"], ["c"]), node("Add", ["x", "c"], ["y"])], [ints("i", 1)]),
        "branch": (tokens, [node("If", ["x"], ["y"], then_branch=then)], []),
        "pad": (maps, [node("Pad", ["x", "p"], ["a"]), node("Unsqueeze", ["a", "i"], ["b"]), node("Squeeze", ["b", "i"], ["y"])],
                [ints("p", 0, 0, 1, 1, 0, 0, 1, 1), ints("i", 0)]),
    }  # fmt: skip
    for name, (shape, nodes, tensors) in parts.items():
        dtype = TensorProto.INT64 if shape is words else TensorProto.FLOAT
        given = helper.make_tensor_value_info("x", dtype, shape)
        out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
        model = helper.make_model(helper.make_graph(nodes, "g", [given], [out], tensors))
        model.producer_name = ""
        (folder / f"{name}.onnx").write_bytes(model.SerializeToString())


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        seed(Path(sys.argv[1]))
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
