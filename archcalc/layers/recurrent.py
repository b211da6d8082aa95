"""Recurrence: each step of a sequence is read together with what the step before gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from archcalc.arrays import contract, exp, larger, stack, tanh
from archcalc.dims import Dim, Shape, total
from archcalc.errors import quote
from archcalc.fields import FieldError, dim, flag, read_size, special
from archcalc.layer import INSIDE, WEIGHTS, Layer, Product, Work
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.arrays import Array
    from archcalc.expressions import Scope
    from archcalc.window import Tap

    State = tuple[Array, ...]

DECLARED: Any = None
_FORWARD, _BACKWARD = "", "_reverse"


def read_layers(given: Any, scope: Scope) -> int:
    """How many layers: a number in every world, since it says which tensors there are."""
    value = read_size(given, scope)
    if not isinstance(value, int):
        raise FieldError("is a letter, and must be a number", "it says which tensors there are")
    return value


def read_bias(given: Any, _scope: Scope) -> Any:
    """true, false, or single."""
    words = {"true": True, "false": False, "single": "single"}
    value = words.get(str(given).lower())
    if value is None:
        raise FieldError(f"is {quote(str(given))}, and must be true, false or single")
    return value


_HIDDEN_ALSO = ("units", "num_units", "num_output", "hidden_dim", "n_hidden")


def _layers() -> Any:
    return special(
        "layers, each reading the steps of the one before",
        read_layers,
        "a number from 1",
        default=1,
        also=("n_layers", "depth"),
        examples=(1, 2, 3),
    )


def _bias() -> Any:
    return special(
        "true: two for each gate, beside the input and beside the state, as PyTorch has; single: one",
        read_bias,
        "true, false or single",
        default=True,
        also=("use_bias",),
        examples=(True, False, "single"),
    )


def _both() -> Any:
    return flag("a second set of weights reads from the end", default=False, also=("bidirectional_layer",))


def _last() -> Any:
    return flag("give only the state after the last step", default=False, also=("return_last",))


class Recurrent(Layer):
    """The formulas of a recurrence with some gates, in any number of layers and in both directions."""

    units = True
    gates: ClassVar[int] = 1
    if TYPE_CHECKING:
        hidden_size = num_layers = bias = bidirectional = last = DECLARED

    def given_back(self) -> Dim:
        """Numbers that a direction gives at each step."""
        return self.hidden_size  # type: ignore[no-any-return]

    def width(self) -> Dim:
        """Numbers that all directions give at each step."""
        return 2 * self.given_back() if self.bidirectional else self.given_back()

    def output(self, x: Shape) -> Shape:
        """The states of all steps, or of the last."""
        return Shape((self.width(),)) if self.last else Shape((x[0], self.width()), x.axes)

    def passes(self, x: Shape) -> Iterator[tuple[str, Dim]]:
        """Each layer and direction, by the end of its tensors' names, with the numbers that it reads."""
        for layer, features in enumerate([x[1]] + [self.width()] * (self.num_layers - 1)):
            yield f"_l{layer}{_FORWARD}", features
            if self.bidirectional:
                yield f"_l{layer}{_BACKWARD}", features

    def params(self, x: Shape) -> Dim:
        """For each gate a weight for each number read and each number of the state, and its biases."""
        state = self.given_back()
        if self.bias == "single":
            state = state + 1
        elif self.bias:
            state = state + 2
        each = (self.gates * self.hidden_size * (features + state) for _, features in self.passes(x))
        return total(each)

    def weights(self, x: Shape) -> dict[str, Shape]:
        """For each layer and direction, all gates one under the other."""
        rows = self.gates * self.hidden_size
        found = {}
        for name, features in self.passes(x):
            found[f"weight_ih{name}"] = Shape((rows, features), ("gate", "in"))
            found[f"weight_hh{name}"] = Shape((rows, self.given_back()), ("gate", "state"))
            if self.bias:
                found[f"bias_ih{name}"] = Shape((rows,))
            if self.bias and self.bias != "single":
                found[f"bias_hh{name}"] = Shape((rows,))
        return found

    def connections(self, x: Shape, y: Shape) -> None:
        """Not defined: a unit reads itself, a step before."""

    def each(self) -> Work:
        """Operations beside the weighted sums, for one number of the state at one step."""
        return Work()

    def work(self, x: Shape, y: Shape) -> Work:
        """At each step the weighted sums of every gate, then what the gates do."""
        state = self.given_back()
        sums = total(self.gates * self.hidden_size * (features + state) for _, features in self.passes(x))
        return self.each().times(self.states(x))._replace(mac=x[0] * sums)

    def states(self, x: Shape) -> Dim:
        """Numbers of the state at all steps, in all layers and directions."""
        directions = 2 if self.bidirectional else 1
        return x[0] * self.hidden_size * directions * self.num_layers  # type: ignore[no-any-return]

    def biases(self, x: Shape, y: Shape) -> Dim:
        """At each step, for each gate, the bias beside the input and that beside the state."""
        each = 1 if self.bias == "single" else 2
        return each * self.gates * self.states(x) if self.bias else 0

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """All steps before, and after where it reads from both ends: a last step sees all."""
        return None

    def products(self, *xs: Shape, y: Shape) -> Iterator[Product]:
        """The first layer reads the input, every other one and every state what was made here."""
        (x,) = xs
        directions = 2 if self.bidirectional else 1
        first = x[0] * directions * self.gates * self.hidden_size * x[1]
        yield Product(first, WEIGHTS, 0)
        yield Product(self.work(x, y=y).mac - first, WEIGHTS, INSIDE)

    def inside(self, *xs: Shape, y: Shape) -> Dim:
        """The gates and the state at every step."""
        return self.gates * self.states(*xs) + self.states(*xs)

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        gates = f"{self.gates} · " if self.gates > 1 else ""
        biases = " + 1 bias" if self.bias == "single" else " + 2 biases" if self.bias else ""
        over = "Σ over layers and directions: " if self.num_layers > 1 or self.bidirectional else ""
        return {
            "params": f"{over}{gates}units · (inputs + units{biases})",
            "macs": f"steps · {over}{gates}units · (inputs + units)",
        }.get(quantity, "")

    def label(self) -> str:
        """`lstm x2 both ways`."""
        layers = f" x{self.num_layers}" if self.num_layers > 1 else ""
        return self.op + layers + (" both ways" if self.bidirectional else "")

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The layers, one on the steps of the other, each in its directions."""
        last: list[Array] = []
        for layer in range(self.num_layers):
            parts = [self.run(x, f"_l{layer}{_FORWARD}", tensors)]
            last = [parts[0][-1]]
            if self.bidirectional:
                parts.append(self.run(x[::-1], f"_l{layer}{_BACKWARD}", tensors)[::-1])
                last.append(parts[1][0])
            x = np.concatenate(parts, axis=1)
        return np.concatenate(last) if self.last else x

    def run(self, x: Array, name: str, tensors: dict[str, Array]) -> Array:
        """What one layer gives in one direction, from a state of zeros."""
        own = {word: tensors.get(f"{word}{name}") for word in ("weight_ih", "weight_hh", "weight_hr")}
        biases = [tensors.get(f"bias_{word}{name}") for word in ("ih", "hh")]
        state = self.start()
        given = []
        for now in x:
            read = contract("gi,i->g", own["weight_ih"], now, biases[0])  # type: ignore[arg-type]
            kept = contract("gi,i->g", own["weight_hh"], state[0], biases[1])  # type: ignore[arg-type]
            state = self.step(read, kept, state, own["weight_hr"])
            given.append(state[0])
        return stack(given)

    def start(self) -> State:
        """The state before the first step."""
        return (np.zeros(int(self.given_back())),)  # type: ignore[call-overload]

    def step(self, read: Array, kept: Array, state: State, down: Array | None) -> State:
        """The next state, from the sums over the input and over the state; what it gives comes first."""
        raise NotImplementedError(self.op)


def _sigmoid(a: Array) -> Array:
    return 1.0 / (1.0 + exp(-a))


_GATE = Work(add=2, div=1, special=1)  # the two sums joined, and the logistic function


class Rnn(Recurrent, op="rnn", takes="T C", also=("simple_rnn", "elman", "nn.RNN", "vanilla_rnn")):
    """Each step gives tanh of weighted sums of the input and of what the step before gave.

    Shapes   (T, C) -> (T, hidden_size), twice as many where bidirectional; last: (hidden_size)
    Counts   the zeros before the first step are multiplied too; an addition joins the two sums
    Source   Elman 1990; torch.nn.RNN for the two biases
    """

    hidden_size: Dim = dim("units of the state", also=_HIDDEN_ALSO)
    num_layers: Any = _layers()
    relu: bool = flag("max(0, a) in place of tanh", default=False)
    bias: Any = _bias()
    bidirectional: bool = _both()
    last: bool = _last()

    def each(self) -> Work:
        """The two sums joined, and bent."""
        return Work(add=1, compare=1) if self.relu else Work(add=1, special=1)

    def step(self, read: Array, kept: Array, state: State, down: Array | None) -> State:
        """tanh(W·x + b + U·h + c)."""
        return (larger(read + kept, 0.0) if self.relu else tanh(read + kept),)


class Gru(Recurrent, op="gru", takes="T C", also=("nn.GRU", "gated_recurrent_unit")):
    """Two gates say how much of the state is read, and how much of it is kept.

    Shapes   (T, C) -> (T, hidden_size), twice as many where bidirectional; last: (hidden_size)
    Counts   for each unit and step 7 additions, 3 multiplications, 2 divisions, 2 exp and a tanh
    Source   Cho et al. 2014, equations 5 to 8, in the form of torch.nn.GRU
    """

    hidden_size: Dim = dim("units of the state", also=_HIDDEN_ALSO)
    num_layers: Any = _layers()
    bias: Any = _bias()
    bidirectional: bool = _both()
    last: bool = _last()
    gates = 3

    def each(self) -> Work:
        """Two gates; r·u, joined and bent; (1 − z)·n + z·h."""
        return _GATE.times(2).plus(Work(mul=1, add=1, special=1)).plus(Work(mul=2, add=2))

    def step(self, read: Array, kept: Array, state: State, down: Array | None) -> State:
        """n = tanh(W·x + b + r·(U·h + c)), then (1 − z)·n + z·h."""
        units = len(read) // 3
        r, z = (_sigmoid(read[at] + kept[at]) for at in (slice(units), slice(units, 2 * units)))
        new = tanh(read[2 * units :] + r * kept[2 * units :])
        return ((1.0 - z) * new + z * state[0],)


class Lstm(Recurrent, op="lstm", takes="T C", also=("nn.LSTM", "long_short_term_memory")):
    """A cell beside the state is written, kept and read through gates.

    Shapes   (T, C) -> (T, hidden_size), or proj_size, twice as many where bidirectional; last: one step
    Counts   for each unit and step 8 additions, 3 multiplications, 3 divisions, 3 exp and 2 tanh
    Source   Hochreiter & Schmidhuber 1997; Gers et al. 2000, forget gate; Sak et al. 2014, proj_size
    """

    hidden_size: Dim = dim("units of the cell", also=_HIDDEN_ALSO)
    num_layers: Any = _layers()
    bias: Any = _bias()
    bidirectional: bool = _both()
    proj_size: Dim | None = dim(
        "numbers that the units are projected to at each step", default=None, also=("projection_size",)
    )
    last: bool = _last()
    gates = 4

    def given_back(self) -> Dim:
        """The units, or what they are projected to."""
        return self.hidden_size if self.proj_size is None else self.proj_size

    def params(self, x: Shape) -> Dim:
        """Four gates, and the projection, without a bias."""
        if self.proj_size is None:
            return super().params(x)
        return super().params(x) + self.projections() * self.hidden_size * self.proj_size

    def projections(self) -> Dim:
        """How many there are: one for each layer and direction."""
        return self.num_layers * 2 if self.bidirectional else self.num_layers  # type: ignore[no-any-return]

    def weights(self, x: Shape) -> dict[str, Shape]:
        """Four gates, and the projection."""
        found = super().weights(x)
        if self.proj_size is not None:
            for name, _ in self.passes(x):
                found[f"weight_hr{name}"] = Shape((self.proj_size, self.hidden_size), ("out", "in"))
        return found

    def each(self) -> Work:
        """Three gates; the new value joined and bent; f·c + i·g; o·tanh(c)."""
        return _GATE.times(3).plus(Work(add=1, special=1)).plus(Work(mul=3, add=1, special=1))

    def work(self, x: Shape, y: Shape) -> Work:
        """Four gates, and the projection."""
        found = super().work(x, y)
        if self.proj_size is None:
            return found
        more = x[0] * self.projections() * self.hidden_size * self.proj_size
        return found._replace(mac=found.mac + more)

    def start(self) -> State:
        """A state and a cell."""
        return (*super().start(), np.zeros(int(self.hidden_size)))  # type: ignore[call-overload]

    def step(self, read: Array, kept: Array, state: State, down: Array | None) -> State:
        """c = f·c + i·g and h = o·tanh(c), projected where there is a projection."""
        sums = (read + kept).reshape(4, -1)
        i, f, o = _sigmoid(sums[0]), _sigmoid(sums[1]), _sigmoid(sums[3])
        cell = f * state[1] + i * tanh(sums[2])
        h = o * tanh(cell)
        return (h if down is None else contract("oi,i->o", down, h)), cell
