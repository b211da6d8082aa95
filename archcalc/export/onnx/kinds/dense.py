"""Units that read a whole vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.onnx.rules import writes

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part


@writes("linear")
def linear(part: Part, layer: Any, x: str) -> str:
    """A Gemm of a vector; at each place of other axes a MatMul."""
    bias = part.get("bias")
    if len(part.y) == 1:
        return part("Gemm", x, part["weight"], *([bias] if bias else []), transB=1)
    return project(part, x, part["weight"], bias)


def project(part: Part, x: str, weight: str, bias: str = "") -> str:
    """weight · x + bias at each place."""
    y = part("MatMul", x, part.turned(weight))
    return part("Add", y, bias) if bias else y


@writes("bilinear")
def bilinear(part: Part, layer: Any, x: str, x2: str) -> str:
    """x₁ᵀ·W·x₂ + b."""
    sums = part("Einsum", x, part["weight"], equation="ni,oij->noj")
    y = part("Einsum", sums, x2, equation="noj,nj->no")
    return part("Add", y, part["bias"]) if layer.bias else y


@writes("rbf")
def rbf(part: Part, layer: Any, x: str) -> str:
    """The sum of the squares of what x and each code differ by."""
    codes = part["codes"]
    if len(part.y) > 1:
        codes = part("Unsqueeze", codes, part.whole(*range(2, 1 + len(part.y))))
    away = part("Sub", part("Unsqueeze", x, part.whole(1)), codes)
    return part("ReduceSum", part("Mul", away, away), part.whole(2), keepdims=0)
