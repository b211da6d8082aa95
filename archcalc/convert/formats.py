"""Files of other tools: which are read, and what to do about those that are not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from archcalc.errors import ConvertError, Problem, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.convert.draft import Draft

_PICKLE = "it is a pickle, which may run any code when it is opened; the code that makes the model is read"
_TENSORS = "it holds tensors, and not how they are used; the code that makes the model is read"
_TORCH = "archcalc import package.module:factory"
_EXPORT = "torch.onnx.export(model, example, 'model.onnx')"
_HDF5 = "an HDF5 file takes a package to open; the newer form, and the bare configuration, are read"
_KERAS = "model.save('model.keras')"
_TF = "python -m tf2onnx.convert --saved-model folder --output model.onnx"
_ROADS = {
    ".pt": (_PICKLE, _TORCH),
    ".pth": (_PICKLE, _TORCH),
    ".ckpt": (_PICKLE, _TORCH),
    ".pkl": (_PICKLE, _TORCH),
    ".pickle": (_PICKLE, _TORCH),
    ".bin": (_TENSORS, _TORCH),
    ".safetensors": (_TENSORS, _TORCH),
    ".gguf": (_TENSORS, _TORCH),
    ".pt2": ("an exported program is read in Python; as ONNX it is read here", _EXPORT),
    ".py": ("a PyTorch model is named with what makes it", "archcalc report mynet.py:Net --input 3x224x224"),
    ".h5": (_HDF5, _KERAS),
    ".hdf5": (_HDF5, _KERAS),
    ".pb": ("TensorFlow's graphs can be written as ONNX, which is read", _TF),
    ".tflite": (
        "it can be written as ONNX, which is read",
        "python -m tf2onnx.convert --tflite model.tflite --output model.onnx",
    ),
    ".mlmodel": ("what it was converted from can be written as ONNX, which is read", _EXPORT),
    ".mlpackage": ("what it was converted from can be written as ONNX, which is read", _EXPORT),
    ".engine": ("what it was built from is often an ONNX file, which is read", ""),
    ".ort": ("what it was made from is an ONNX file, which is read", ""),
    ".caffemodel": ("a spec of a few lines can say what it says", "archcalc show lenet-caffe > mine.yaml"),
    ".prototxt": ("a spec of a few lines can say what it says", "archcalc show lenet-caffe > mine.yaml"),
    ".pdmodel": ("paddle2onnx writes it as ONNX, which is read", ""),
}


def is_foreign(name: str) -> bool:
    """Whether a name is that of a file of another tool, by its ending; a .json file's beginning says it."""
    ending = os.path.splitext(name)[1].lower()
    if ending == ".json":
        from archcalc.convert.keras.file import is_config

        return is_config(name)
    return ending in (".onnx", ".keras") or ending in _ROADS


def read(path: str, sizes: Mapping[str, int] | None = None) -> Draft:
    """The draft of a file of another tool.

    Raises ConvertError for one that is not read, with the way round.
    """
    ending = os.path.splitext(path)[1].lower()
    if ending in _ROADS:
        why, fix = _ROADS[ending]
        raise ConvertError(Problem(f"{quote(path)}: a {ending} file is not read", (why,), fix))
    if ending in (".keras", ".json"):
        from archcalc.convert.keras import read as keras

        return keras(path, sizes)
    from archcalc.convert.onnx import read as onnx

    return onnx(path, sizes)
