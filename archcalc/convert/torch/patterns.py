"""Parts of a graph that are one layer: found before the walk, and read as that layer.

Code writes some layers as arithmetic: an RMS norm as a square, a mean and a root, the gelu of GPT-2 by its
tanh, the tanh of LeNet-5 with its two scales. They are found from their last operation back, where nothing
else reads what is inside.
"""

from __future__ import annotations

from math import isclose, pi, sqrt
from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.calls import Call

if TYPE_CHECKING:
    from torch.fx import Node

    from archcalc.convert.torch.reader import Reader

_THROUGH = ("to", "contiguous", "clone", "alias", "float", "type_as", "_to_copy")


def found(reader: Reader) -> tuple[dict[Node, Any], set[Node]]:
    """For the last node of each part what it becomes, and the nodes inside that are not read."""
    patterns: dict[Node, Any] = {}
    inside: set[Node] = set()
    for node in reader.program.graph.nodes:
        for match in (_rms_norm, _gelu, _lecun_tanh):
            said = match(node) if _op(node) == "mul" else None
            if said is not None and _closed(said[1], node):
                patterns[node] = said[0]
                inside |= said[1] - {node}
                break
    return patterns, inside


def _op(node: Any) -> str:
    """The operation of a node; nothing where it is none."""
    schema = getattr(getattr(node, "target", None), "_schema", None)
    return "" if schema is None else str(schema.name).partition("::")[2].removesuffix("_")


def _past(node: Any, seen: set[Node]) -> Any:
    """A node, changes of type passed."""
    while _op(node) in _THROUGH:
        seen.add(node)
        node = node.args[0]
    return node


def _sides(node: Any, op: str, seen: set[Node]) -> list[Any]:
    """The arguments of an operation of two, if it is this one."""
    node = _past(node, seen)
    if _op(node) != op or len(node.args) < 2:
        return []
    seen.add(node)
    return [node.args[0], node.args[1]]


def _closed(nodes: set[Node], last: Node) -> bool:
    """Whether nothing outside reads what is inside, but for the last."""
    return all(
        node is last or all(user in nodes or _op(user) == "_assert_tensor_metadata" for user in node.users)
        for node in nodes
    )


# -- x / √(mean(x²) + eps), times a gain


def _rms_norm(node: Node) -> tuple[Any, set[Node]] | None:
    """A product with a parameter of what is a norm by the mean square."""
    seen: set[Node] = set()
    for gain, normed in _both(_sides(node, "mul", seen)):
        if getattr(gain, "op", "") != "placeholder" or not str(gain.target).startswith("p_"):
            continue
        inside = set(seen)
        for cast, root in _both(_sides(normed, "mul", inside)):
            within = set(inside)
            x = _past(cast, set())
            eps = _root(root, x, within)
            if eps is not None:
                return _becomes(node, x, gain, eps), within
    return None


def _both(sides: list[Any]) -> list[tuple[Any, Any]]:
    return [(sides[0], sides[1]), (sides[1], sides[0])] if sides else []


def _root(root: Any, x: Any, seen: set[Node]) -> float | None:
    """What is added under the root, if this is 1/√(mean of x² + eps)."""
    if _op(_past(root, seen)) != "rsqrt":
        return None
    root = _past(root, seen)
    seen.add(root)
    added = _sides(root.args[0], "add", seen)
    if not added or not isinstance(added[1], float):
        return None
    mean = _past(added[0], seen)
    if _op(mean) != "mean" or list(mean.args[1]) != [-1]:
        return None
    seen.add(mean)
    square = _past(mean.args[0], seen)
    if _op(square) == "pow" and square.args[1] == 2:
        seen.add(square)
        return added[1] if _past(square.args[0], set()) is x else None
    if _op(square) == "mul" and square.args[0] is square.args[1]:
        seen.add(square)
        return added[1] if _past(square.args[0], set()) is x else None
    return None


def _becomes(node: Node, x: Node, gain: Node, eps: float) -> Any:
    """A function that makes an `rms_norm` of it."""

    def made(reader: Reader) -> Any:
        from archcalc.convert.torch.layers import unlike

        call = Call(reader, node)
        value = reader.sketch.called(reader.value(reader.made[x], call), ("C",), call.scope)
        return reader.emit(
            call, "rms_norm", unlike(1e-6, eps=eps), [value], tensors={"weight": reader.made[gain]}
        )

    return made


# -- ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))


def _gelu(node: Node) -> tuple[Any, set[Node]] | None:
    """A gelu by its tanh, as it is written out in GPT-2."""
    seen: set[Node] = set()
    for half, bent in _both(_sides(node, "mul", seen)):
        x, by = _scaled(half, 0.5, seen)
        one = _sides(bent, "add", seen) if by else []
        if not one or one[1] not in (1, 1.0) or _op(one[0]) != "tanh":
            continue
        seen.add(one[0])
        cubic, fits = _scaled(one[0].args[0], sqrt(2 / pi), seen)
        terms = _sides(cubic, "add", seen) if fits else []
        if not terms or terms[0] is not x:
            continue
        cube, fits = _scaled(terms[1], 0.044715, seen)
        if fits and _op(cube) == "pow" and cube.args[0] is x and cube.args[1] == 3:
            seen.add(cube)
            return _bends(node, x, "gelu", approximate="tanh"), seen
    return None


def _scaled(node: Any, by: float, seen: set[Node]) -> tuple[Any, bool]:
    """What is multiplied by a constant, and whether it is."""
    for number, other in _both(_sides(node, "mul", seen)):
        if isinstance(number, float) and isclose(number, by, rel_tol=1e-6):
            return other, True
    return None, False


def _bends(node: Node, x: Node, op: str, **fields: str) -> Any:
    """A function that makes an activation of it."""

    def made(reader: Reader) -> Any:
        call = Call(reader, node)
        return reader.emit(call, op, fields, [reader.value(reader.made[x], call)])

    return made


# -- 1.7159 tanh(2/3 x)


def _lecun_tanh(node: Node) -> tuple[Any, set[Node]] | None:
    """The activation of LeCun et al. 1998."""
    seen: set[Node] = set()
    bent, fits = _scaled(node, 1.7159, seen)
    if not fits or _op(bent) != "tanh":
        return None
    seen.add(bent)
    x, fits = _scaled(bent.args[0], 2 / 3, seen)
    return (_bends(node, x, "lecun_tanh"), seen) if fits else None
