"""How each op of ONNX is read: the rules of every room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.convert.onnx import activations, joins, lenet, norms, products, recurrent, shapes, windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader

OPS: dict[str, Callable[[Reader, Node], None]] = {
    **windows.OPS,
    **products.OPS,
    **norms.OPS,
    **activations.OPS,
    **recurrent.OPS,
    **joins.OPS,
    **lenet.OPS,
    **shapes.OPS,
}
