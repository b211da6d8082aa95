"""The names that a rule of a convention may use, each defined once: in words, and in code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import product, total
from archcalc.layer import FIXED, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archcalc.dims import Dim
    from archcalc.graph import Node
    from archcalc.layer import Work


class Variable(NamedTuple):
    """A name in rules, what it means, and how it is found."""

    about: str
    value: Callable[[Values], Dim]


class Values(Mapping[str, Any]):
    """The variables of one layer, each found when a rule asks for it."""

    def __init__(self, node: Node, params: Dim, fixed: Dim, *, folds: bool) -> None:
        self.node = node
        self.params = params
        self.fixed = fixed
        self.folds = folds
        self.found: dict[str, Any] = {}

    def work(self) -> Work:
        """The terms of its work."""
        if "" not in self.found:
            self.found[""] = self.node.layer.work(*self.node.xs, y=self.node.y)
        return self.found[""]  # type: ignore[no-any-return]

    def __contains__(self, name: object) -> bool:
        return name in VARIABLES

    def __getitem__(self, name: str) -> Any:
        if name not in self.found:
            self.found[name] = VARIABLES[name].value(self)
        return self.found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(VARIABLES)

    def __len__(self) -> int:
        return len(VARIABLES)


def _rows(of: Values) -> Dim:
    """Places, or the sets of numbers that a softmax or a norm works on."""
    layer, y = of.node.layer, of.node.y
    own = getattr(layer, "rows", None)  # a field of a kind from elsewhere may be called so
    if callable(own):
        return own(y)  # type: ignore[no-any-return]
    if callable(getattr(layer, "states", None)):
        return of.node.xs[0][0]  # type: ignore[no-any-return]
    return product(size for axis, size in y.named() if axis != "C")


def _taps(of: Values) -> Dim:
    layer = of.node.layer
    if layer.__dict__.get("mode") == "bilinear":
        return 4
    return product(axis.kernel for axis in layer.window() or ())


def _weighted(of: Values) -> Dim:
    stored = {WEIGHTS, FIXED}
    made = of.node.layer.products(*of.node.xs, y=of.node.y)
    return total(each.macs for each in made if stored & {each.left, each.right})


def _states(of: Values) -> Dim:
    found = getattr(of.node.layer, "states", None)
    return found(*of.node.xs) if callable(found) else 0


def _weights(of: Values) -> Dim:
    return of.node.layer.params(*of.node.xs)


def _folded(of: Values) -> Dim:
    return product(of.node.y) if of.folds and not of["bias"] else 0


VARIABLES = {
    "I": Variable(
        "numbers in its input, for one example; in the first of several",
        lambda of: product(of.node.xs[0]) if of.node.xs else 0,
    ),
    "O": Variable("numbers in its output, for one example", lambda of: product(of.node.y)),
    "mac": Variable("multiply-accumulates by the reference rule", lambda of: of.work().mac),
    "wmac": Variable(
        "those of them that multiply by a stored weight: all of a convolution's, of attention's the four"
        " projections",
        _weighted,
    ),
    "add": Variable("additions beside them, by the reference rule", lambda of: of.work().add),
    "mul": Variable("multiplications", lambda of: of.work().mul),
    "div": Variable("divisions", lambda of: of.work().div),
    "compare": Variable("comparisons", lambda of: of.work().compare),
    "special": Variable("special functions: exp, tanh, a root, ...", lambda of: of.work().special),
    "flops": Variable("2·mac + add + mul + div + compare + special", lambda of: of.work().flops),
    "bias": Variable(
        "weighted sums that a bias is added to: O where a convolution has one, else 0",
        lambda of: of.node.layer.biases(*of.node.xs, y=of.node.y),
    ),
    "params": Variable("its trainable scalars, those of another layer left out", lambda of: of.params),
    "fixed": Variable("its scalars that are stored and not trained", lambda of: of.fixed),
    "weights": Variable("scalars in the weights that it uses, whoever's they are, trained or not", _weights),
    "affine": Variable(
        "1 where it has weights, as a norm with gains, else 0",
        lambda of: int(bool(of.node.layer.weights(*of.node.xs))),
    ),
    "taps": Variable("cells of its window, as 9 of 3x3; 4 of a bilinear upsample; else 1", _taps),
    "rows": Variable(
        "places of its output: vectors of channels; of a softmax or a norm, the sets of numbers that it"
        " works on; of a recurrence, its steps",
        _rows,
    ),
    "states": Variable(
        "of a recurrence, numbers of the state at all steps, layers and directions; else 0", _states
    ),
    "folded": Variable(
        "O where a batch norm becomes part of the convolution right before it when exported: of the batch"
        " norm, and of the convolution where it has no bias of its own; else 0",
        _folded,
    ),
}
"""Every variable by its name, in the order in which they are listed."""
